/**
 * Bilinear resizing with half-pixel centres and clamped edges, as in PyTorch (`align_corners=False`) and ONNX Resize
 * (`half_pixel`): the centre of pixel i of n lies at (i + 1/2) / n of the side.
 */

import { taps } from "../../taps.ts";

/** Makes a function that resizes maps of one size, row by row, and cuts a window out of the result; default all of it. */
export function bilinear(
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): (
  values: ArrayLike<number>,
  window?: { readonly top: number; readonly left: number; readonly height: number; readonly width: number },
) => Float64Array {
  const rows = taps(from.height, to.height);
  const columns = taps(from.width, to.width);
  return (values, window = { top: 0, left: 0, ...to }) => {
    const { top, left, height, width } = window;
    const wide = new Float64Array(from.height * width);
    for (const [x, { low, high, part }] of columns.slice(left, left + width).entries()) {
      for (let y = 0; y < from.height; y += 1) {
        const start = y * from.width;
        wide[y * width + x] = (values[start + low] ?? 0) * (1 - part) + (values[start + high] ?? 0) * part;
      }
    }
    const result = new Float64Array(height * width);
    for (const [y, { low, high, part }] of rows.slice(top, top + height).entries()) {
      for (let x = 0; x < width; x += 1) {
        result[y * width + x] =
          (wide[low * width + x] ?? 0) * (1 - part) + (wide[high * width + x] ?? 0) * part;
      }
    }
    return result;
  };
}
