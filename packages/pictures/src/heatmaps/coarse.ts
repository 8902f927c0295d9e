import type { Heatmap } from "@onnx-lrp/core";

/**
 * Neighbours of a coarse map differ by less than this share of its values. Maps in patches - class activation maps, occlusion,
 * RISE, LIME - lie below 0.1, maps in pixels above 0.3.
 */
const coarsest = 0.15;

/** Whether a map is in patches or gradients much larger than its pixels, such as one that was enlarged from the layer it was made at. */
export function isCoarse({ width, values }: Heatmap): boolean {
  const height = values.length / width;
  let [differences, sizes] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x] ?? 0;
      if (!Number.isFinite(value)) return false;
      sizes += Math.abs(value);
      if (x + 1 < width) differences += Math.abs(value - (values[y * width + x + 1] ?? 0));
      if (y + 1 < height) differences += Math.abs(value - (values[(y + 1) * width + x] ?? 0));
    }
  }
  return sizes > 0 && differences < 2 * coarsest * sizes;
}
