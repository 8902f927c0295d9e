/** Conv and ConvTranspose over any number of axes, as lists of products input x weight -> output. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { input, intOf, type Operation } from "./operation.ts";
import { type Dense, forEachIndex, placeOf, stridesOf, zeros } from "./tensor.ts";
import { type Axis, transposedAxes, windowAxes } from "./window.ts";

interface Products {
  readonly dims: readonly number[];
  readonly from: Int32Array;
  readonly weight: Int32Array;
  readonly to: Int32Array;
}

const known = new WeakMap<Node, Map<string, Products>>();

/** The list of a node for inputs of this shape, made once. */
function products(node: Node, x: Dense, make: () => Products): Products {
  const lists = known.get(node) ?? new Map<string, Products>();
  known.set(node, lists);
  const key = x.dims.join();
  const list = lists.get(key) ?? make();
  lists.set(key, list);
  return list;
}

function multiply({ dims, from, weight, to }: Products, x: Dense, w: Dense, bias: Dense | undefined): Dense {
  const result = zeros(dims);
  const { data } = result;
  for (let p = 0; p < from.length; p += 1) {
    const at = to[p] ?? 0;
    data[at] = (data[at] ?? 0) + (x.data[from[p] ?? 0] ?? 0) * (w.data[weight[p] ?? 0] ?? 0);
  }
  if (bias !== undefined) {
    const [, channel = 0] = stridesOf(dims);
    const channels = dims[1] ?? 1;
    for (let at = 0; at < data.length; at += 1)
      data[at] = (data[at] ?? 0) + (bias.data[Math.floor(at / channel) % channels] ?? 0);
  }
  return result;
}

/**
 * Every pair of a window's position on the small side and a tap of the kernel, with the place they meet on the large
 * side, where that is inside of it.
 */
function meetings(
  axes: readonly Axis[],
  small: readonly number[],
  large: readonly number[],
  visit: (position: readonly number[], tap: readonly number[], place: readonly number[]) => void,
): void {
  const kernel = axes.map((axis) => axis.kernel);
  forEachIndex(small, (position) => {
    forEachIndex(kernel, (tap) => {
      const place = axes.map(
        ({ stride, dilation, begin }, i) => (position[i] ?? 0) * stride - begin + (tap[i] ?? 0) * dilation,
      );
      if (place.every((at, i) => at >= 0 && at < (large[i] ?? 0))) visit(position, tap, place);
    });
  });
}

export const Conv: Operation = (node, inputs) => {
  const [x, w] = [input(inputs, 0), input(inputs, 1)];
  const list = products(node, x, () => {
    const [batch = 1, , ...sizes] = x.dims;
    const [outputs = 1, perGroup = 1, ...kernel] = w.dims;
    const axes = windowAxes(node, kernel, sizes);
    const small = axes.map((axis) => axis.result);
    const dims = [batch, outputs, ...small];
    const [xs, ws, ys] = [stridesOf(x.dims), stridesOf(w.dims), stridesOf(dims)];
    const lists: [number[], number[], number[]] = [[], [], []];
    const outputsPerGroup = outputs / intOf(node, "group", 1);
    meetings(axes, small, sizes, (position, tap, place) => {
      for (let n = 0; n < batch; n += 1)
        for (let m = 0; m < outputs; m += 1)
          for (let c = 0; c < perGroup; c += 1) {
            const channel = Math.floor(m / outputsPerGroup) * perGroup + c;
            lists[0].push(placeOf(xs, [n, channel, ...place]));
            lists[1].push(placeOf(ws, [m, c, ...tap]));
            lists[2].push(placeOf(ys, [n, m, ...position]));
          }
    });
    const [from, weight, to] = lists.map((numbers) => Int32Array.from(numbers));
    return {
      dims,
      from: from ?? new Int32Array(),
      weight: weight ?? new Int32Array(),
      to: to ?? new Int32Array(),
    };
  });
  return multiply(list, x, w, inputs[2]);
};

export const ConvTranspose: Operation = (node, inputs) => {
  const [x, w] = [input(inputs, 0), input(inputs, 1)];
  const list = products(node, x, () => {
    const [batch = 1, channels = 1, ...sizes] = x.dims;
    const [, perGroup = 1, ...kernel] = w.dims;
    const group = intOf(node, "group", 1);
    const axes = transposedAxes(node, kernel, sizes);
    const large = axes.map((axis) => axis.result);
    const dims = [batch, perGroup * group, ...large];
    const [xs, ws, ys] = [stridesOf(x.dims), stridesOf(w.dims), stridesOf(dims)];
    const lists: [number[], number[], number[]] = [[], [], []];
    meetings(axes, sizes, large, (position, tap, place) => {
      for (let n = 0; n < batch; n += 1)
        for (let c = 0; c < channels; c += 1)
          for (let m = 0; m < perGroup; m += 1) {
            const output = Math.floor(c / (channels / group)) * perGroup + m;
            lists[0].push(placeOf(xs, [n, c, ...position]));
            lists[1].push(placeOf(ws, [c, m, ...tap]));
            lists[2].push(placeOf(ys, [n, output, ...place]));
          }
    });
    const [from, weight, to] = lists.map((numbers) => Int32Array.from(numbers));
    return {
      dims,
      from: from ?? new Int32Array(),
      weight: weight ?? new Int32Array(),
      to: to ?? new Int32Array(),
    };
  });
  return multiply(list, x, w, inputs[2]);
};
