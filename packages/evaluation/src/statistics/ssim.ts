/**
 * Structural similarity: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE
 * Transactions on Image Processing 13(4), 2004, Eq. 13 and 17.
 *
 *     SSIM = mean over windows of (2 mu_a mu_b + C1)(2 sigma_ab + C2) / ((mu_a^2 + mu_b^2 + C1)(sigma_a^2 + sigma_b^2 + C2))
 *
 * with a Gaussian window of 11 x 11 pixels (sigma 1.5), or 11 along each axis of a signal or a volume, wherever it is entirely in the picture, C1 = (0.01 L)^2,
 * C2 = (0.03 L)^2 and L the range of values. Maps have no range of their own: each is divided by its largest absolute value first,
 * as Adebayo et al. 2018 do, so that L = 2 for maps with both signs and 1 for absolute values.
 */
import type { Heatmap } from "@onnx-lrp/core";

const [c1, c2] = [0.01 ** 2, 0.03 ** 2];

/** What is compared. */
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
  const sizes = sizesOf(a);
  const window = gaussian(Math.min(5, Math.floor((Math.min(...sizes.filter((size) => size > 1)) - 1) / 2)));
  const filter = (values: Float64Array) => filtered(values, sizes, window);
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

/** Depth, height and width. Axes of one place have no window. */
function sizesOf({ depth = 1, height, width }: Heatmap): readonly [number, number, number] {
  return [depth, height, width];
}

/** Weighted by the window along every axis, wherever it is entirely in the map: the last axis first. */
function filtered(
  values: Float64Array,
  sizes: readonly [number, number, number],
  window: Float64Array,
): Float64Array {
  let result = values;
  const now = [...sizes];
  for (const axis of [2, 1, 0]) {
    const size = now[axis] ?? 1;
    if (size === 1) continue;
    const step = now.slice(axis + 1).reduce((a, b) => a * b, 1);
    const across = size - window.length + 1;
    const before = result;
    result = Float64Array.from({ length: (before.length / size) * across }, (_, at) => {
      const start = Math.floor(at / (step * across)) * step * size + (at % (step * across));
      let sum = 0;
      for (let k = 0; k < window.length; k += 1) sum += (window[k] ?? 0) * (before[start + k * step] ?? 0);
      return sum;
    });
    now[axis] = across;
  }
  return result;
}
