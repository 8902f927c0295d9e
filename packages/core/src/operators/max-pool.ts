/**
 * Max pooling gives relevance to each window's winner; ties go to the first, row by row, as in onnxruntime's own MaxPool.
 *
 * A maximum over a window is one along its last axis, then one along the axis before it, and so on: the first row that has
 * the maximum wins, and in it the first element. So relevance goes back axis by axis, and along an axis by comparing the
 * taps of each window with its maximum. Unlike MaxPool's output of places, and scattering there, this runs on every
 * execution provider, and on CPU it takes less time.
 */
import { inputOf, intsValue as ints, intsAttribute, outputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext, OperatorEntry, Site } from "./operator.ts";
import { windowOf } from "./window.ts";
import { type AxisWindow, axisWindows, foldTaps, padAlong, sliceAlong } from "./window-taps.ts";

export const MaxPool: OperatorEntry = {
  nonNegative: "preserved",
  describe: (site) => ({
    kind: "route",
    name: "winner",
    inputs: [0],
    adjoint: (emission, r) => [toWinners(emission, r, site)],
  }),
};

/** A maximum along one axis. */
interface Step {
  readonly along: AxisWindow;
  /** Per image: what the windows run over, and their maxima. */
  readonly input: string;
  readonly maximum: string;
  /** Shape of `maximum`. */
  readonly dims: readonly Size[];
}

function toWinners(emission: EmitContext, r: string, site: Site): string {
  return maxima(emission, site).reduceRight((rest, step) => toWinnersAlong(emission, rest, step), r);
}

/** The last axis first. */
function maxima({ tape }: EmitContext, site: Site): Step[] {
  const { node } = site;
  const [x, y] = [inputOf(node, 0), outputOf(node)];
  const window = windowOf(site, intsAttribute(node, "kernel_shape") ?? [], x, y);
  const windows = axisWindows(window).reverse();
  const dims = [...site.shape(x)];
  let input = x;
  return windows.map((along, i) => {
    dims[along.axis] = along.small;
    const maximum = i === windows.length - 1 ? y : maximumAlong(input, along);
    const step = { along, input, maximum, dims: [...dims] };
    input = maximum;
    return step;
  });

  function maximumAlong(value: string, { axis, kernel, stride, dilation, begin, end }: AxisWindow): string {
    const only = (size: number, others: number) =>
      window.kernel.map((_, i) => (i + 2 === axis ? size : others));
    return tape.emit("MaxPool", [value], {
      kernel_shape: ints(only(kernel, 1)),
      strides: ints(only(stride, 1)),
      dilations: ints(only(dilation, 1)),
      pads: ints([...only(begin, 0), ...only(end, 0)]),
    });
  }
}

/** Below every float: no padding wins. */
const lowest = -3.4028234663852886e38;

function toWinnersAlong(emission: EmitContext, r: string, { along, input, maximum, dims }: Step): string {
  const { tape, perTarget } = emission;
  const { axis, kernel, stride, dilation, begin, end, small } = along;
  // Comparisons are per image, [N, ...], and broadcast over the targets.
  const lead = dims[0] === 1 ? 0 : 1;
  const padded = padAlong(tape, input, axis, dims.length, { begin, end, value: lowest });
  const steps = (small - 1) * stride + 1;
  let rest = lead === 0 ? r : perTarget.split(r, dims);
  const taps = Array.from({ length: kernel }, (_, tap) => {
    // Whatever no other tap has won, the last has.
    if (tap === kernel - 1) return rest;
    const start = tap * dilation;
    const value = sliceAlong(tape, padded, axis, { start, end: start + steps, step: stride });
    const wins = tape.emit("Equal", [value, maximum]);
    const won = tape.emit("Where", [wins, rest, tape.scalar(0)]);
    rest = tape.emit("Where", [wins, tape.scalar(0), rest]);
    return won;
  });
  return foldTaps(emission, taps, along, dims, lead);
}
