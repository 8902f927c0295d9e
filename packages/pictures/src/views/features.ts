/** Which of many features to draw. */
import type { Heatmap } from "@onnx-lrp/core";

/** The places of a map with the largest values by size, strongest first; those without any relevance come last. */
export function strongestFeatures({ values }: Heatmap, most: number): number[] {
  return Array.from(values, (value, i) => ({ i, size: Number.isFinite(value) ? Math.abs(value) : 0 }))
    .sort((a, b) => b.size - a.size || a.i - b.i)
    .slice(0, most)
    .map(({ i }) => i);
}
