/** Average pooling: a linear map whose weights are all equal and positive. */
import { inputOf, intAttribute, intsAttribute, type Node, outputOf, type Tape } from "@onnx-lrp/onnx-loader";
import { cloneNodeOn, unweighted } from "./average.ts";
import type { EmitContext, OperatorEntry, Site } from "./operator.ts";
import { staticSizes } from "./size.ts";
import { type Window, windowOf } from "./window.ts";
import { windowSumAdjoint } from "./window-sum.ts";

export const AveragePool: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const { node } = site;
    const kernel = intsAttribute(node, "kernel_shape") ?? [];
    const [input, output] = [inputOf(node, 0), outputOf(node)];
    const window = windowOf(site, kernel, input, output);
    const ceil = intAttribute(node, "ceil_mode", 0) === 1;
    const countPadding = intAttribute(node, "count_include_pad", 0) === 1;
    const divisors: Divisors = !countPadding ? "inside" : ceil && overhangs(window) ? "asked" : "area";
    return unweighted({
      inputs: [0],
      apply: ({ tape }, [x = ""]) => cloneNodeOn(tape, node, x),
      adjoint: (emission, s, weights) =>
        weights.map(() => [poolAdjoint(emission, s, site, window, divisors)]),
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
 * What a window's sum is divided by: the elements of it that lie inside the picture, its whole area, or, where the last
 * windows reach beyond the padding, whatever onnxruntime divides by.
 */
type Divisors = "inside" | "area" | "asked";

/** One divided by each window's divisor, in a shape that broadcasts to the windows. */
function shareOfOne(tape: Tape, node: Node, window: Window, divisors: Divisors): string {
  const { kernel, large, small } = window;
  const area = kernel.reduce((product, k) => product * k, 1);
  const counts = windowCounts(window);
  if (divisors === "area" || (divisors === "inside" && counts.every((count) => count === area))) {
    return tape.scalar(1 / area);
  }
  const inverse = tape.floats(
    counts.map((count) => (count === 0 ? 0 : 1 / count)),
    [1, 1, ...small],
  );
  if (divisors === "inside") return inverse;
  // The average of ones is the count inside over the divisor.
  const ones = tape.emit("Expand", [tape.scalar(1), tape.ints([1, 1, ...large])]);
  return tape.emit("Mul", [cloneNodeOn(tape, node, ones), inverse]);
}

/**
 * Divides by the number of elements that each window counted, then adds each window's share to all it covers: a
 * transposed convolution of ones, channel by channel. Windows side by side need only repeat their share.
 */
function poolAdjoint(
  emission: EmitContext,
  s: string,
  site: Site,
  window: Window,
  divisors: Divisors,
): string {
  const { tape, perTarget } = emission;
  const { kernel, strides, dilations, begin, large, small } = window;
  const dims = site.shape(inputOf(site.node, 0));
  const [batch = 1] = dims;
  const channels = staticSizes(dims, site, 1)[0] ?? 0;
  const share = tape.emit("Mul", [s, shareOfOne(tape, site.node, window, divisors)]);

  const tiles = kernel.every((k, i) => k === strides[i] && dilations[i] === 1 && begin[i] === 0);
  if (tiles && large.every((size, i) => size === (small[i] ?? 0) * (kernel[i] ?? 0))) {
    const apart = small.flatMap((size) => [size, 1]);
    const repeated = small.flatMap((size, i) => [size, kernel[i] ?? 1]);
    const reshaped = perTarget.reshape(share, [batch, channels, ...apart]);
    const wide = tape.emit("Expand", [reshaped, tape.ints([1, channels, ...repeated])]);
    return perTarget.reshape(wide, dims);
  }
  return windowSumAdjoint(emission, share, window, channels);
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
