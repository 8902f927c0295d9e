import type { Heatmap } from "@onnx-lrp/core";

/**
 * The map smoothed by a gaussian of `sigma` pixels, which keeps its sum up to what is mirrored at the borders.
 * Relevance is scattered over single pixels; what the eye asks of an overlay is where it gathers.
 */
export function smooth(heatmap: Heatmap, sigma: number): Heatmap {
  if (!(sigma > 0)) return heatmap;
  const { width, height } = heatmap;
  const rows = blurLines(heatmap.values, { lines: height, length: width, lineStep: width, step: 1 }, sigma);
  const values = blurLines(rows, { lines: width, length: height, lineStep: 1, step: width }, sigma);
  return { width, height, values };
}

/** A part of a map that is a picture of its own. */
export interface Panel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Each panel smoothed by itself; what lies outside of them stays as it is. */
export function smoothPanels(heatmap: Heatmap, panels: readonly Panel[], sigma: number): Heatmap {
  if (!(sigma > 0)) return heatmap;
  const { width, height } = heatmap;
  const values = heatmap.values.slice();
  for (const panel of panels) {
    const own = new Float32Array(panel.width * panel.height);
    for (let y = 0; y < panel.height; y++) {
      const from = (panel.y + y) * width + panel.x;
      own.set(heatmap.values.subarray(from, from + panel.width), y * panel.width);
    }
    const soft = smooth({ width: panel.width, height: panel.height, values: own }, sigma);
    for (let y = 0; y < panel.height; y++) {
      const row = soft.values.subarray(y * panel.width, (y + 1) * panel.width);
      values.set(row, (panel.y + y) * width + panel.x);
    }
  }
  return { width, height, values };
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  readonly lineStep: number;
  readonly step: number;
}

function blurLines(
  values: Float32Array,
  { lines, length, lineStep, step }: Lines,
  sigma: number,
): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-0.5 * ((k - reach) / sigma) ** 2),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  const blurred = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++) {
        const from = mirror(i + k, length);
        sum += (kernel[k + reach] ?? 0) * (values[line * lineStep + from * step] ?? 0);
      }
      blurred[line * lineStep + i * step] = sum / total;
    }
  }
  return blurred;
}

function mirror(i: number, length: number): number {
  const folded = ((i % (2 * length)) + 2 * length) % (2 * length);
  return folded < length ? folded : 2 * length - 1 - folded;
}

/** `smooth`, `smoothPanels` and all that they call, for a page's script (`comparison/script-text.ts` of the report). */
export const smoothing = [smooth, smoothPanels, blurLines, mirror] as const;
