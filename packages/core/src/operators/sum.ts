/** Linear maps whose weights are all equal and positive: sums of signals, and averages over space. */
import { int, intAttribute, ints, intsAttribute, type Node, type Tape } from "@onnx-lrp/onnx-loader";
import {
  type Emission,
  type Linear,
  type OperatorEntry,
  type Refusal,
  refuse,
  type Site,
} from "./operator.ts";
import { positiveAxis, staticSizes } from "./size.ts";
import { type Window, windowOf } from "./window.ts";

function unweighted(parts: Pick<Linear, "inputs" | "apply" | "adjoint">): Linear {
  return { kind: "linear", role: "other", weight: undefined, bias: undefined, biasDims: [], ...parts };
}

/** The sum of all inputs, each of which is a signal. */
export function sumOfSignals(site: Site): Linear {
  const { node } = site;
  const output = site.shape(node.outputs[0] ?? "");
  return unweighted({
    inputs: node.inputs.map((_, index) => index),
    apply: ({ tape }, xs) => tape.emit(xs.length === 2 ? "Add" : "Sum", xs),
    adjoint: ({ targets }, s, weights) =>
      weights.map(() => node.inputs.map((input) => targets.unbroadcast(s, output, site.shape(input)))),
  });
}

export const Sum: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const constants = site.node.inputs.filter((_, index) => !site.isSignal(index));
    if (constants.length > 0) return refuse("sums signals and constants in one node");
    if (site.node.inputs.length === 1) return { kind: "pass", input: 0, derivative: "one" };
    return sumOfSignals(site);
  },
};

export const GlobalAveragePool: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const input = site.shape(site.node.inputs[0] ?? "");
    const axes = input.map((_, axis) => axis).slice(2);
    return unweighted({
      inputs: [0],
      apply: ({ tape }, [x = ""]) => tape.emit("GlobalAveragePool", [x]),
      adjoint: (emission, s, weights) => weights.map(() => [spread(emission, s, site, axes, true)]),
    });
  },
};

export const ReduceMean: OperatorEntry = { sign: "kept", describe: (site) => reduction(site, "ReduceMean") };
export const ReduceSum: OperatorEntry = { sign: "kept", describe: (site) => reduction(site, "ReduceSum") };

function reduction(site: Site, op: "ReduceMean" | "ReduceSum"): Linear | Refusal {
  const { node } = site;
  const rank = site.shape(node.inputs[0] ?? "").length;
  const given = intsAttribute(node, "axes") ?? axesInput(site);
  if (given === undefined) return refuse("has axes that are not known before the run");
  const axes = given.map((axis) => positiveAxis(axis, rank));
  if (axes.length === 0 || axes.includes(0)) return refuse("reduces over the batch");
  return unweighted({
    inputs: [0],
    apply: ({ tape }, [x = ""]) => applyAgain(tape, node, x),
    adjoint: (emission, s, weights) =>
      weights.map(() => [spread(emission, s, site, axes, op === "ReduceMean")]),
  });
}

/** The very node of the forward pass, on another first input. */
function applyAgain(tape: Tape, node: Node, x: string): string {
  const name = tape.fresh(`${node.name || node.op}/part`);
  tape.nodes.push({ ...node, name, inputs: [x, ...node.inputs.slice(1)], outputs: [name] });
  return name;
}

function axesInput(site: Site): number[] | undefined {
  const name = site.node.inputs[1];
  if (name === undefined || name === "") return undefined;
  return site.numbers(name);
}

/** Every element of the reduced axes gets what their sum got, divided by their number for a mean. */
function spread(emission: Emission, s: string, site: Site, axes: readonly number[], mean: boolean): string {
  const { tape, targets } = emission;
  const dims = site.shape(site.node.inputs[0] ?? "");
  const kept = dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const sizes = staticSizes(dims, site, 1);
  const count = axes.reduce((product, axis) => product * (sizes[axis - 1] ?? 1), 1);
  const share = mean ? tape.emit("Mul", [s, tape.floats([1 / count])]) : s;
  return tape.emit("Expand", [targets.reshape(share, kept), tape.ints([1, ...sizes])]);
}

export const AveragePool: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const { node } = site;
    const kernel = intsAttribute(node, "kernel_shape") ?? [];
    const [input = "", output = ""] = [node.inputs[0], node.outputs[0]];
    const window = windowOf(site, kernel, input, output);
    const ceil = intAttribute(node, "ceil_mode", 0) === 1;
    const countPadding = intAttribute(node, "count_include_pad", 0) === 1;
    if (ceil && countPadding && overhangs(window)) {
      return refuse("averages windows that hang over the padded edge (ceil_mode with count_include_pad)");
    }
    return unweighted({
      inputs: [0],
      apply: ({ tape }, [x = ""]) => applyAgain(tape, node, x),
      adjoint: (emission, s, weights) =>
        weights.map(() => [poolAdjoint(emission, s, site, window, countPadding)]),
    });
  },
};

/** Whether the last window reaches beyond the padding, as ceil_mode allows. */
function overhangs({ kernel, strides, dilations, begin, end, large, small }: Window): boolean {
  return kernel.some((k, i) => {
    const reach = ((small[i] ?? 0) - 1) * (strides[i] ?? 1) + (dilations[i] ?? 1) * (k - 1) + 1;
    return reach > (large[i] ?? 0) + (begin[i] ?? 0) + (end[i] ?? 0);
  });
}

/**
 * Divides by the number of elements that each window counted, then adds each window's share to all it covers: a
 * transposed convolution of ones, channel by channel. Windows side by side need only repeat their share.
 */
function poolAdjoint(
  emission: Emission,
  s: string,
  site: Site,
  window: Window,
  countPadding: boolean,
): string {
  const { tape, targets } = emission;
  const { kernel, strides, dilations, begin, large, small } = window;
  const dims = site.shape(site.node.inputs[0] ?? "");
  const [batch = 1] = dims;
  const channels = staticSizes(dims, site, 1)[0] ?? 0;
  const counts = countPadding ? undefined : windowCounts(window);
  const area = kernel.reduce((product, k) => product * k, 1);
  const share =
    counts === undefined || counts.every((count) => count === area)
      ? tape.emit("Mul", [s, tape.floats([1 / area])])
      : tape.emit("Mul", [
          s,
          tape.floats(
            counts.map((count) => 1 / count),
            [1, 1, ...small],
          ),
        ]);

  const tiles = kernel.every((k, i) => k === strides[i] && dilations[i] === 1 && begin[i] === 0);
  if (tiles && large.every((size, i) => size === (small[i] ?? 0) * (kernel[i] ?? 0))) {
    const apart = small.flatMap((size) => [size, 1]);
    const repeated = small.flatMap((size, i) => [size, kernel[i] ?? 1]);
    const open = targets.reshape(share, [batch, channels, ...apart]);
    const wide = tape.emit("Expand", [open, tape.ints([1, channels, ...repeated])]);
    return targets.reshape(wide, dims);
  }
  return spreadWindows(emission, share, window, channels);
}

/** Elements inside the picture that each window covers, row by row. */
function windowCounts({ kernel, strides, dilations, begin, large, small }: Window): number[] {
  const perAxis = kernel.map((k, i) =>
    Array.from({ length: small[i] ?? 0 }, (_, position) => {
      let inside = 0;
      for (let tap = 0; tap < k; tap += 1) {
        const at = position * (strides[i] ?? 1) - (begin[i] ?? 0) + tap * (dilations[i] ?? 1);
        if (at >= 0 && at < (large[i] ?? 0)) inside += 1;
      }
      return inside;
    }),
  );
  return perAxis.reduce((all, axis) => all.flatMap((count) => axis.map((more) => count * more)), [1]);
}

/** The adjoint of summing over windows. */
function spreadWindows({ tape }: Emission, s: string, window: Window, channels: number): string {
  const { kernel, strides, dilations, begin, large, small } = window;
  const area = kernel.reduce((product, k) => product * k, 1);
  const reach = kernel.map((k, i) => (dilations[i] ?? 1) * (k - 1));
  const back = reach.map((r, i) => r - (begin[i] ?? 0));
  const after = reach.map((r, i) => (large[i] ?? 0) - (small[i] ?? 0) + r - (back[i] ?? 0));
  const plain = strides.every((stride) => stride === 1) && dilations.every((dilation) => dilation === 1);
  const fits = [...back, ...after].every((pad, i) => pad >= 0 && pad < (kernel[i % kernel.length] ?? 0));
  if (plain && fits) {
    // For stride 1 the adjoint of a window sum is a window sum, which AveragePool gives divided by the area.
    const mean = tape.emit("AveragePool", [s], {
      kernel_shape: ints(kernel),
      pads: ints([...back, ...after]),
      count_include_pad: int(1),
    });
    return tape.emit("Mul", [mean, tape.floats([area])]);
  }
  const ones = tape.emit("Expand", [tape.floats([1]), tape.ints([channels, 1, ...kernel])]);
  const full = tape.emit("ConvTranspose", [s, ones], {
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(channels),
  });
  const missing = reach.map((r, i) => {
    const made = ((small[i] ?? 0) - 1) * (strides[i] ?? 1) + r + 1;
    return Math.max(0, (begin[i] ?? 0) + (large[i] ?? 0) - made);
  });
  const zeros = kernel.map(() => 0);
  const padded = missing.some((more) => more > 0)
    ? tape.emit("Pad", [full, tape.ints([0, 0, ...zeros, 0, 0, ...missing])])
    : full;
  const axes = kernel.map((_, i) => i + 2);
  const ends = begin.map((start, i) => start + (large[i] ?? 0));
  return tape.emit("Slice", [padded, tape.ints(begin), tape.ints(ends), tape.ints(axes)]);
}
