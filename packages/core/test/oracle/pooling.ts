import type { Node } from "@onnx-lrp/onnx-loader";
import { input, intOf, intsOf, type Operation } from "./operation.ts";
import { axisOf, type Dense, elements, forEachIndex, map, placeOf, stridesOf, zeros } from "./tensor.ts";
import { windowAxes } from "./window.ts";

interface Windows {
  readonly dims: readonly number[];
  /** For each output the places that its window covers inside the picture, in row-major order. */
  readonly places: readonly Int32Array[];
  /** And how many with the padding. */
  readonly padded: readonly number[];
}

const known = new WeakMap<Node, Map<string, Windows>>();

function windowsOf(node: Node, x: Dense): Windows {
  const made = known.get(node) ?? new Map<string, Windows>();
  known.set(node, made);
  const key = x.dims.join();
  const windows = made.get(key) ?? makeWindows(node, x);
  made.set(key, windows);
  return windows;
}

function makeWindows(node: Node, x: Dense): Windows {
  const [batch = 1, channels = 1, ...sizes] = x.dims;
  const axes = windowAxes(node, intsOf(node, "kernel_shape") ?? [], sizes);
  const dims = [batch, channels, ...axes.map((axis) => axis.result)];
  const kernel = axes.map((axis) => axis.kernel);
  const strides = stridesOf(x.dims);
  const places: Int32Array[] = [];
  const padded: number[] = [];
  forEachIndex(dims, ([n = 0, channel = 0, ...position]) => {
    const inside: number[] = [];
    let all = 0;
    forEachIndex(kernel, (tap) => {
      const place = axes.map(
        (axis, i) => (position[i] ?? 0) * axis.stride - axis.begin + (tap[i] ?? 0) * axis.dilation,
      );
      if (place.every((at, i) => at < (sizes[i] ?? 0) + (axes[i]?.end ?? 0))) all += 1;
      if (place.every((at, i) => at >= 0 && at < (sizes[i] ?? 0)))
        inside.push(placeOf(strides, [n, channel, ...place]));
    });
    places.push(Int32Array.from(inside));
    padded.push(all);
  });
  return { dims, places, padded };
}

function pool(reduce: (values: readonly number[], places: Int32Array, padded: number) => number): Operation {
  return (node, inputs) => {
    const x = input(inputs, 0);
    const { dims, places, padded } = windowsOf(node, x);
    const including = intOf(node, "count_include_pad", 0) === 1;
    const data = Float64Array.from(places, (window, at) => {
      const values = Array.from(window, (place) => x.data[place] ?? Number.NaN);
      return reduce(values, window, including ? (padded[at] ?? 0) : values.length);
    });
    return { dims, data };
  };
}

const AveragePool = pool((values, _, count) => values.reduce((a, b) => a + b, 0) / count);
const MaxPool = pool((values) => Math.max(...values));
/** For each output the flat place of its winner, the first of equals. */
export const maxPoolWinners = pool((values, places) => places[values.indexOf(Math.max(...values))] ?? -1);

const powerOf = (node: Node) => intOf(node, "p", 2);

/** The sum of a window, or over space: what norms are the roots of. */
const SumPool = pool((values) => values.reduce((a, b) => a + b, 0));
const LpPool: Operation = (node, inputs) => {
  const p = powerOf(node);
  const powers = map(input(inputs, 0), (x) => Math.abs(x) ** p);
  return map(SumPool(node, [powers]), (sum) => sum ** (1 / p));
};

function over(x: Dense, axes: readonly number[], keep: boolean, mean: boolean): Dense {
  const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const result = zeros(kept);
  const strides = stridesOf(kept);
  forEachIndex(x.dims, (index, at) => {
    const to = placeOf(
      strides,
      index.map((i, axis) => (axes.includes(axis) ? 0 : i)),
    );
    result.data[to] = (result.data[to] ?? 0) + (x.data[at] ?? 0);
  });
  const count = mean ? x.data.length / elements(kept) : 1;
  const dims = keep ? kept : x.dims.filter((_, axis) => !axes.includes(axis));
  return { dims, data: result.data.map((sum) => sum / count) };
}

const space = (x: Dense) => x.dims.map((_, axis) => axis).filter((axis) => axis > 1);

const GlobalSumPool: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  return over(x, space(x), true, false);
};
const GlobalLpPool: Operation = (node, inputs) => {
  const p = powerOf(node);
  const powers = map(input(inputs, 0), (x) => Math.abs(x) ** p);
  return map(GlobalSumPool(node, [powers]), (sum) => sum ** (1 / p));
};

const GlobalAveragePool: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  return over(x, space(x), true, true);
};

function axesOf(node: Node, inputs: readonly (Dense | undefined)[], x: Dense): number[] {
  const given = intsOf(node, "axes") ?? Array.from(inputs[1]?.data ?? []);
  const axes = given.map((axis) => axisOf(axis, x.dims.length));
  return axes.length > 0 ? axes : x.dims.map((_, axis) => axis);
}

const keeps = (node: Node) => intOf(node, "keepdims", 1) === 1;

/** The sum over axes of `before` of each element, then `after`. */
const reduction =
  (mean: boolean, before = (x: number) => x, after = (sum: number) => sum): Operation =>
  (node, inputs) => {
    const x = input(inputs, 0);
    return map(over(map(x, before), axesOf(node, inputs, x), keeps(node), mean), after);
  };

const ReduceMean = reduction(true);
const ReduceSum = reduction(false);
const ReduceL1 = reduction(false, Math.abs);
const ReduceL2 = reduction(false, (x) => x * x, Math.sqrt);
const ReduceSumSquare = reduction(false, (x) => x * x);
const ReduceLogSumExp = reduction(false, Math.exp, Math.log);
const ReduceLogSum = reduction(false, (x) => x, Math.log);

/** For each output of a maximum over axes the flat place of its winner, the first of equals. */
export const axisWinners =
  (sign: 1 | -1): Operation =>
  (node, inputs) => {
    const x = input(inputs, 0);
    const axes = node.op.startsWith("Global") ? space(x) : axesOf(node, inputs, x);
    const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const best = map(zeros(kept), () => -1);
    const strides = stridesOf(kept);
    forEachIndex(x.dims, (index, at) => {
      const to = placeOf(
        strides,
        index.map((i, axis) => (axes.includes(axis) ? 0 : i)),
      );
      const now = best.data[to] ?? -1;
      if (now < 0 || sign * (x.data[at] ?? 0) > sign * (x.data[now] ?? 0)) best.data[to] = at;
    });
    const dims = keeps(node) ? kept : x.dims.filter((_, axis) => !axes.includes(axis));
    return { dims, data: best.data };
  };

const valuesAt =
  (winners: Operation): Operation =>
  (node, inputs) =>
    map(winners(node, inputs), (place) => inputs[0]?.data[place] ?? Number.NaN);

const ReduceMax = valuesAt(axisWinners(1));
const GlobalMaxPool = ReduceMax;
const ReduceMin = valuesAt(axisWinners(-1));

export const operations = {
  AveragePool,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  GlobalSumPool,
  LpPool,
  MaxPool,
  ReduceL1,
  ReduceL2,
  ReduceLogSum,
  ReduceLogSumExp,
  ReduceMax,
  ReduceMean,
  ReduceMin,
  ReduceSum,
  ReduceSumSquare,
  SumPool,
};
