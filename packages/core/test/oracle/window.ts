/** How kernels run over space, from ONNX's text on `auto_pad`, `pads` and `ceil_mode`. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { intOf, intsOf, wordOf } from "./operation.ts";

export interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  /** The size of the result. */
  readonly result: number;
}

function plain(node: Node, kernel: readonly number[], axis: number) {
  const pads = intsOf(node, "pads") ?? kernel.flatMap(() => [0, 0]);
  return {
    kernel: kernel[axis] ?? 0,
    stride: intsOf(node, "strides")?.[axis] ?? 1,
    dilation: intsOf(node, "dilations")?.[axis] ?? 1,
    begin: pads[axis] ?? 0,
    end: pads[axis + kernel.length] ?? 0,
  };
}

/** The smaller half of a padding, and the rest. SAME_UPPER puts the rest at the end. */
function halves(total: number, upper: boolean): { begin: number; end: number } {
  const half = Math.floor(total / 2);
  return upper ? { begin: half, end: total - half } : { begin: total - half, end: half };
}

/** Conv and pooling over a picture with these spatial sizes. */
export function windowAxes(node: Node, kernel: readonly number[], sizes: readonly number[]): Axis[] {
  const auto = wordOf(node, "auto_pad", "NOTSET");
  return sizes.map((size, axis) => {
    const window = plain(node, kernel, axis);
    const { stride, dilation } = window;
    const reach = dilation * (window.kernel - 1) + 1;
    if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
      const result = Math.ceil(size / stride);
      const total = Math.max(0, (result - 1) * stride + reach - size);
      return { ...window, ...halves(total, auto === "SAME_UPPER"), result };
    }
    const { begin, end } = auto === "VALID" ? { begin: 0, end: 0 } : window;
    const room = size + begin + end - reach;
    let result = Math.floor(room / stride) + 1;
    if (intOf(node, "ceil_mode", 0) === 1) {
      result = Math.ceil(room / stride) + 1;
      // The last window has to begin inside the picture or its first padding.
      if ((result - 1) * stride >= size + begin) result -= 1;
    }
    return { ...window, begin, end, result };
  });
}

/** ConvTranspose of a map with these spatial sizes. */
export function transposedAxes(node: Node, kernel: readonly number[], sizes: readonly number[]): Axis[] {
  const auto = wordOf(node, "auto_pad", "NOTSET");
  return sizes.map((size, axis) => {
    const window = plain(node, kernel, axis);
    const extra = intsOf(node, "output_padding")?.[axis] ?? 0;
    const full = window.stride * (size - 1) + extra + window.dilation * (window.kernel - 1) + 1;
    const wanted = intsOf(node, "output_shape");
    if (wanted !== undefined || auto.startsWith("SAME")) {
      const result = wanted?.at(axis - sizes.length) ?? size * window.stride;
      return { ...window, ...halves(full - result, auto === "SAME_UPPER"), result };
    }
    const { begin, end } = auto === "VALID" ? { begin: 0, end: 0 } : window;
    return { ...window, begin, end, result: full - begin - end };
  });
}
