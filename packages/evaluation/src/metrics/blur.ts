import type { InputPort } from "@onnx-lrp/core";
import { place } from "./picture.ts";

/**
 * A picture under a Gaussian window. At the border the window is cut off and its weights are renormalized.
 *
 * @param sigma standard deviation of the Gaussian in pixels
 * @param reach pixels to each side of the middle that the window has
 */
export function blurred(picture: Float32Array, image: InputPort, sigma: number, reach: number): Float32Array {
  const { width, height, channels } = image;
  const window = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const result = new Float32Array(picture.length);
  for (let channel = 0; channel < channels; channel += 1) {
    const plane = Float64Array.from(
      { length: width * height },
      (_, pixel) => picture[place(image, pixel, channel)] ?? 0,
    );
    const rows = alongLines(plane, window, { count: height, spacing: width, length: width, step: 1 });
    const both = alongLines(rows, window, { count: width, spacing: 1, length: height, step: width });
    for (const [pixel, value] of both.entries()) result[place(image, pixel, channel)] = value;
  }
  return result;
}

/** The rows or the columns of a plane. */
interface Lines {
  readonly count: number;
  readonly spacing: number;
  readonly length: number;
  readonly step: number;
}

function alongLines(
  plane: Float64Array,
  window: Float64Array,
  { count, spacing, length, step }: Lines,
): Float64Array {
  const reach = (window.length - 1) / 2;
  const result = new Float64Array(plane.length);
  for (let line = 0; line < count; line += 1) {
    for (let i = 0; i < length; i += 1) {
      let [sum, total] = [0, 0];
      for (let k = Math.max(i - reach, 0); k <= Math.min(i + reach, length - 1); k += 1) {
        const weight = window[k - i + reach] ?? 0;
        sum += weight * (plane[line * spacing + k * step] ?? 0);
        total += weight;
      }
      result[line * spacing + i * step] = sum / total;
    }
  }
  return result;
}
