/**
 * Conv and ConvTranspose, each the other's adjoint.
 *
 * Conv: weight [M, C/g, k...]. Its adjoint for stride 1 is emitted as a convolution with the flipped kernel and C and M
 * exchanged, which runs faster than ConvTranspose; for other strides as ConvTranspose, with padding equal on both sides
 * (the CUDA provider has no other), and the rest cut or padded.
 *
 * Where a Conv's weights come from the picture (CondConv, Yang et al. 2019) it is a product of two signals.
 */
import {
  type Attributes,
  inputOf,
  intValue as int,
  intsValue as ints,
  outputOf,
} from "@onnx-lrp/onnx-loader";
import { kernelAdjoint } from "./kernel-adjoint.ts";
import { findWeights } from "./mixing-weights.ts";
import {
  type EmitContext,
  type Linear,
  type OperatorEntry,
  type Site,
  type Unsupported,
  unsupported,
} from "./operator.ts";
import { staticSizes } from "./size.ts";
import { isOp } from "./traits.ts";
import { groupOf, transposedWindow, type Window, windowOf } from "./window.ts";

export const Conv: OperatorEntry = {
  // The channels of its output, each of which is made by rows of its own of the weight and the bias.
  along: (site, axis) => (axis === 1 && groupOf(site) === 1 ? [undefined, 0, 0] : undefined),
  describe(site) {
    const parts = kernelParts(site);
    if ("reason" in parts) return parts;
    const { node, dims } = parts;
    const window = windowOf(site, dims.slice(2), inputOf(node, 0), outputOf(node));
    if (!site.isSignal(1)) return convolution(parts, window, "conv");
    if (!site.isSignal(0)) return kernelMap(parts, window);
    return {
      kind: "bilinear",
      inputs: [0, 1],
      weights: findWeights(site),
      linear: (of) => (of === 0 ? convolution(parts, window, "attention") : kernelMap(parts, window)),
    };
  },
};

/** The map of the picture's values, with weights that are fixed, or fixed for each picture. */
function convolution(
  { weight, bias, dims, group }: KernelParts,
  window: Window,
  role: "conv" | "attention",
): Linear {
  const stacks = group === 1;
  return {
    kind: "linear",
    role,
    inputs: [0],
    weight,
    bias,
    biasDims: [dims[0] ?? 0, ...dims.slice(2).map(() => 1)],
    fusedBiasLength: dims[0] ?? 0,
    apply: ({ tape }, [x = ""], w, b) =>
      tape.emit("Conv", b === undefined ? [x, w] : [x, w, b], windowAttributes(window, group)),
    adjoint(emission, s, weights) {
      if (!stacks || weights.length === 1) {
        return weights.map((w) => [convAdjoint(emission, s, w, dims, window, group)]);
      }
      const { tape } = emission;
      const channels = dims[1] ?? 0;
      const stacked = tape.emit("Concat", weights, { axis: int(1) });
      const wide = [dims[0] ?? 0, channels * weights.length, ...dims.slice(2)];
      const together = convAdjoint(emission, s, stacked, wide, window, group);
      const sizes = tape.ints(weights.map(() => channels));
      return tape
        .emitMany("Split", [together, sizes], weights.length, { axis: int(1) })
        .map((part) => [part]);
    },
  };
}

/** The map of the weights, with the picture's values as what they are multiplied with. */
function kernelMap({ node, bias, dims, group }: KernelParts, window: Window): Linear {
  return {
    kind: "linear",
    role: "attention",
    inputs: [1],
    weight: inputOf(node, 0),
    bias,
    biasDims: [dims[0] ?? 0, ...dims.slice(2).map(() => 1)],
    apply: ({ tape }, [w = ""], x) => tape.emit("Conv", [x, w], windowAttributes(window, group)),
    adjoint: (emission, s, values) => values.map((x) => [kernelAdjoint(emission, s, x, dims, window, group)]),
  };
}

export const ConvTranspose: OperatorEntry = {
  describe(site) {
    const parts = kernelParts(site);
    if ("reason" in parts) return parts;
    const { node, weight, bias, dims, group } = parts;
    const [input, output] = [inputOf(node, 0), outputOf(node)];
    const window = transposedWindow(site, dims.slice(2), input, output);
    return {
      kind: "linear",
      role: "conv",
      inputs: [0],
      weight,
      bias,
      biasDims: [(dims[1] ?? 0) * group, ...dims.slice(2).map(() => 1)],
      apply: ({ tape }, [x = ""], w) =>
        tape.emit("ConvTranspose", [x, w], Object.fromEntries(node.attributes)),
      adjoint: ({ tape }, s, weights) =>
        weights.map((w) => [tape.emit("Conv", [s, w], windowAttributes(window, group))]),
    };
  },
};

interface KernelParts {
  readonly node: Site["node"];
  readonly weight: string;
  readonly bias: string | undefined;
  readonly dims: readonly number[];
  readonly group: number;
}

function kernelParts(site: Site): KernelParts | Unsupported {
  const { node } = site;
  const weight = inputOf(node, 1);
  if (site.isSignal(2)) return unsupported("takes its bias from the picture, not from the file");
  if (site.isSignal(1) && !(isOp(node, "Conv") && site.shape(inputOf(node, 0))[0] === 1))
    return unsupported("takes its weights from the picture, not from the file");
  const dims = staticSizes(site.shape(weight), site);
  const group = groupOf(site);
  // onnxruntime sees it only when it runs the node.
  if ((dims[0] ?? 0) % group !== 0)
    return unsupported(`has ${group} groups, which do not divide the ${dims[0]} channels of its weights`);
  return { node, weight, bias: node.inputs[2] || undefined, dims, group };
}

function windowAttributes(window: Window, group: number): Attributes {
  return {
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    pads: ints([...window.begin, ...window.end]),
    group: int(group),
  };
}

/** @param dims of the weight: [M, C/g, k...] */
function convAdjoint(
  emission: EmitContext,
  s: string,
  weight: string,
  dims: readonly number[],
  window: Window,
  group: number,
): string {
  const begin = window.kernel.map((k, i) => (window.dilations[i] ?? 1) * (k - 1) - (window.begin[i] ?? 0));
  const end = window.kernel.map((k, i) => {
    const reach = (window.dilations[i] ?? 1) * (k - 1);
    return (window.large[i] ?? 0) - (window.small[i] ?? 0) + reach - (begin[i] ?? 0);
  });
  const dense = window.strides.every((stride) => stride === 1);
  if (dense && [...begin, ...end].every((pad) => pad >= 0)) {
    const flipped = flippedKernel(emission, weight, dims, group);
    return emission.tape.emit("Conv", [s, flipped], {
      dilations: ints(window.dilations),
      pads: ints([...begin, ...end]),
      group: int(group),
    });
  }
  return stridedAdjoint(emission, s, weight, window, group);
}

/** [M, C/g, k...] to [C, M/g, k...], each kernel turned around. */
function flippedKernel(
  { tape }: EmitContext,
  weight: string,
  dims: readonly number[],
  group: number,
): string {
  const [outputs = 0, inputs = 0, ...kernel] = dims;
  let flipped = weight;
  const axes = kernel.flatMap((size, i) => (size > 1 ? [i + 2] : []));
  if (axes.length > 0) {
    const bounds = [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes, axes.map(() => -1)];
    flipped = tape.emit("Slice", [flipped, ...bounds.map((values) => tape.ints(values))]);
  }
  const spatial = kernel.map((_, i) => i);
  if (group === 1) {
    return tape.emit("Transpose", [flipped], { perm: ints([1, 0, ...spatial.map((i) => i + 2)]) });
  }
  if (inputs === 1 && outputs === group) return flipped;
  const grouped = tape.emit("Reshape", [flipped, tape.ints([group, outputs / group, inputs, ...kernel])]);
  const transposed = tape.emit("Transpose", [grouped], {
    perm: ints([0, 2, 1, ...spatial.map((i) => i + 3)]),
  });
  return tape.emit("Reshape", [transposed, tape.ints([group * inputs, outputs / group, ...kernel])]);
}

function stridedAdjoint(
  { tape }: EmitContext,
  s: string,
  weight: string,
  window: Window,
  group: number,
): string {
  const { kernel, strides, dilations, begin, large, small } = window;
  // What the unpadded ConvTranspose would make beyond the wanted end; negative where it falls short of it.
  const surplus = kernel.map((k, i) => {
    const full = ((small[i] ?? 0) - 1) * (strides[i] ?? 1) + (dilations[i] ?? 1) * (k - 1) + 1;
    return full - (begin[i] ?? 0) - (large[i] ?? 0);
  });
  const extra = surplus.map((more, i) => (begin[i] ?? 0) - more);
  const fits = extra.every((more, i) => more >= 0 && more < (strides[i] ?? 1));
  const attributes = { strides: ints(strides), dilations: ints(dilations), group: int(group) };
  if (fits) {
    return tape.emit("ConvTranspose", [s, weight], {
      ...attributes,
      pads: ints([...begin, ...begin]),
      output_padding: ints(extra),
    });
  }
  const full = tape.emit("ConvTranspose", [s, weight], attributes);
  const missing = surplus.map((more) => Math.max(0, -more));
  const padded = missing.some((more) => more > 0)
    ? tape.emit("Pad", [full, tape.ints([0, 0, ...kernel.map(() => 0), 0, 0, ...missing])])
    : full;
  const axes = kernel.map((_, i) => i + 2);
  const ends = begin.map((start, i) => start + (large[i] ?? 0));
  return tape.emit("Slice", [padded, tape.ints(begin), tape.ints(ends), tape.ints(axes)]);
}
