/**
 * Structural similarity: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE
 * Transactions on Image Processing 13(4), 2004, Eq. 13 and 17.
 *
 *     SSIM = mean over windows of (2 mu_a mu_b + C1)(2 sigma_ab + C2) / ((mu_a^2 + mu_b^2 + C1)(sigma_a^2 + sigma_b^2 + C2))
 *
 * with a Gaussian window of 11 x 11 pixels (sigma 1.5) wherever it is entirely in the picture, C1 = (0.01 L)^2,
 * C2 = (0.03 L)^2 and L the range of values. Maps have no range of their own: each is divided by its largest absolute value first,
 * as Adebayo et al. 2018 do, so that L = 2 for maps with both signs and 1 for absolute values.
 */
import type { Heatmap } from "@onnx-lrp/core";

const [c1, c2] = [0.01 ** 2, 0.03 ** 2];

export interface SsimOptions {
  /** Compare absolute values; default no. */
  readonly absolute?: boolean;
}

/**
 * @param a of the same size as `b`; maps narrower than the window get the largest odd one that fits
 * @returns from -1 to 1; 1 for the same map at any scale
 */
export function ssim(a: Heatmap, b: Heatmap, { absolute = false }: SsimOptions = {}): number {
  const range = (absolute ? 1 : 2) ** 2;
  const [x, y] = [scaled(a.values, absolute), scaled(b.values, absolute)];
  const window = gaussian(Math.min(5, Math.floor((Math.min(a.width, a.height) - 1) / 2)));
  const filter = (plane: Float64Array) => filtered(plane, a, window);
  const product = (p: Float64Array, q: Float64Array) => p.map((value, i) => value * (q[i] ?? 0));
  const [meanX, meanY] = [filter(x), filter(y)];
  const [xx, yy, xy] = [filter(product(x, x)), filter(product(y, y)), filter(product(x, y))];
  let sum = 0;
  for (const [i, mx] of meanX.entries()) {
    const my = meanY[i] ?? 0;
    const [varianceX, varianceY] = [(xx[i] ?? 0) - mx * mx, (yy[i] ?? 0) - my * my];
    const covariance = (xy[i] ?? 0) - mx * my;
    sum +=
      ((2 * mx * my + c1 * range) * (2 * covariance + c2 * range)) /
      ((mx * mx + my * my + c1 * range) * (varianceX + varianceY + c2 * range));
  }
  return sum / meanX.length;
}

function scaled(values: Float32Array, absolute: boolean): Float64Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Float64Array.from(values, (value) => (absolute ? Math.abs(value) : value) / (largest || 1));
}

function gaussian(reach: number): Float64Array {
  const window = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * 1.5 ** 2)),
  );
  const total = window.reduce((sum, weight) => sum + weight, 0);
  return window.map((weight) => weight / total);
}

/** Weighted by the window, wherever it is entirely in the plane. */
function filtered(
  plane: Float64Array,
  { width, height }: Pick<Heatmap, "width" | "height">,
  window: Float64Array,
): Float64Array {
  const [across, down] = [width - window.length + 1, height - window.length + 1];
  const rows = new Float64Array(across * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < across; x += 1) {
      let sum = 0;
      for (let k = 0; k < window.length; k += 1) sum += (window[k] ?? 0) * (plane[y * width + x + k] ?? 0);
      rows[y * across + x] = sum;
    }
  }
  const result = new Float64Array(across * down);
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x < across; x += 1) {
      let sum = 0;
      for (let k = 0; k < window.length; k += 1) sum += (window[k] ?? 0) * (rows[(y + k) * across + x] ?? 0);
      result[y * across + x] = sum;
    }
  }
  return result;
}
