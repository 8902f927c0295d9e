/** Sums over windows, channel by channel, and their adjoint. */
import { intValue as int, intsValue as ints } from "@onnx-lrp/onnx-loader";
import type { EmitContext } from "./operator.ts";
import type { Window } from "./window.ts";

/** Every window's sum: a convolution with ones. */
export function sumWindows({ tape }: EmitContext, x: string, window: Window, channels: number): string {
  const { kernel, strides, dilations, begin, large, small } = window;
  const end = kernel.map((k, i) => {
    const reach = ((small[i] ?? 0) - 1) * (strides[i] ?? 1) + (dilations[i] ?? 1) * (k - 1) + 1;
    return Math.max(0, reach - (large[i] ?? 0) - (begin[i] ?? 0));
  });
  const ones = tape.emit("Expand", [tape.scalar(1), tape.ints([channels, 1, ...kernel])]);
  return tape.emit("Conv", [x, ones], {
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...begin, ...end]),
    group: int(channels),
  });
}

/** The adjoint of summing over windows. */
export function windowSumAdjoint({ tape }: EmitContext, s: string, window: Window, channels: number): string {
  const { kernel, strides, dilations, begin, large, small } = window;
  const area = kernel.reduce((product, k) => product * k, 1);
  const reach = kernel.map((k, i) => (dilations[i] ?? 1) * (k - 1));
  const back = reach.map((r, i) => r - (begin[i] ?? 0));
  const after = reach.map((r, i) => (large[i] ?? 0) - (small[i] ?? 0) + r - (back[i] ?? 0));
  const plain = strides.every((stride) => stride === 1) && dilations.every((dilation) => dilation === 1);
  const fits = [...back, ...after].every((pad, i) => pad >= 0 && pad < (kernel[i % kernel.length] ?? 0));
  // Some versions of onnxruntime's CUDA provider take the padding before for that after.
  const even = back.every((pad, i) => pad === after[i]);
  if (plain && fits && even) {
    // For stride 1 the adjoint of a window sum is a window sum, which AveragePool gives divided by the area.
    const mean = tape.emit("AveragePool", [s], {
      kernel_shape: ints(kernel),
      pads: ints([...back, ...after]),
      count_include_pad: int(1),
    });
    return tape.emit("Mul", [mean, tape.scalar(area)]);
  }
  const ones = tape.emit("Expand", [tape.scalar(1), tape.ints([channels, 1, ...kernel])]);
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
