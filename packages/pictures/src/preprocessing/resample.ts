import type { Picture } from "../picture.ts";
import { premultiply, unpremultiply } from "./premultiply.ts";

// Networks were trained on pictures that PIL resized. sharp (libvips) enlarges with another placing of the
// sample points: a 225-pixel photograph at 256 is off by 6 of 255 on average, enough to move a class score.

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * The part `region` of `picture` resized to `size`, without working out the rest. An antialiased triangle
 * filter with 8-bit steps between the two passes, like PIL's BILINEAR. Colours of a picture with alpha are weighed by their
 * opacity, as PIL resizes RGBA.
 */
export function resample(picture: Picture, size: Size, region: Region): Picture {
  const { width, height } = region;
  const { rgb, alpha } = picture;
  if (alpha === undefined) return { width, height, rgb: resamplePlanes(rgb, 3, picture, size, region) };
  const resized = resamplePlanes(alpha, 1, picture, size, region);
  const weighed = resamplePlanes(premultiply(rgb, alpha), 3, picture, size, region);
  return { width, height, rgb: unpremultiply(weighed, resized), alpha: resized };
}

/**
 * The same for bytes that are no colours: any number of channels, side by side in each pixel.
 */
export function resamplePlanes(
  bytes: Uint8Array,
  channels: number,
  source: Size,
  size: Size,
  region: Region,
): Uint8Array {
  const inFixedPoint = {
    weights: fixedPoint,
    weigh: weighBytes,
    create: (count: number) => new Uint8Array(count),
  };
  return resampleBy(inFixedPoint, bytes, channels, source, size, region);
}

/** The same for numbers of any range, which stay fractions, like PIL's mode "F". */
export function resampleNumbers(
  numbers: ArrayLike<number>,
  channels: number,
  source: Size,
  size: Size,
  region: Region,
): Float32Array {
  const inFloat = {
    weights: (taps: readonly Tap[]) => taps,
    weigh: weighNumbers,
    create: (count: number) => new Float32Array(count),
  };
  return resampleBy(inFloat, numbers, channels, source, size, region);
}

/** How pixels are weighed, and what the weighed ones are kept in. */
interface Arithmetic<T extends Uint8Array | Float32Array> {
  readonly weights: (taps: readonly Tap[]) => readonly Tap[];
  readonly weigh: (values: ArrayLike<number>, start: number, stride: number, weights: Float64Array) => number;
  readonly create: (count: number) => T;
}

function resampleBy<T extends Uint8Array | Float32Array>(
  { weights, weigh, create }: Arithmetic<T>,
  values: ArrayLike<number>,
  channels: number,
  source: Size,
  size: Size,
  region: Region,
): T {
  const columns = weights(tapsOf(source.width, size.width, region.left, region.width));
  const rows = weights(tapsOf(source.height, size.height, region.top, region.height));
  // Only the source rows that some wanted row looks at are narrowed.
  const firstRow = Math.min(...rows.map((tap) => tap.first));
  const lastRow = Math.max(...rows.map((tap) => tap.first + tap.weights.length));

  const stride = region.width * channels;
  const narrow = create((lastRow - firstRow) * stride);
  for (let y = firstRow; y < lastRow; y++) {
    const to = (y - firstRow) * stride;
    columns.forEach((tap, x) => {
      const from = (y * source.width + tap.first) * channels;
      for (let c = 0; c < channels; c++) {
        narrow[to + x * channels + c] = weigh(values, from + c, channels, tap.weights);
      }
    });
  }
  const result = create(stride * region.height);
  rows.forEach((tap, y) => {
    const from = (tap.first - firstRow) * stride;
    for (let i = 0; i < stride; i++) result[y * stride + i] = weigh(narrow, from + i, stride, tap.weights);
  });
  return result;
}

/** PIL weighs in fixed point: weights are integers, this many to the whole (libImaging/Resample.c). */
const one = 2 ** 22;

/** The source pixels that one pixel of the result looks at: `weights.length` of them from `first`. */
interface Tap {
  readonly first: number;
  /** They sum to 1; in fixed point integers that sum to about `one`. */
  readonly weights: Float64Array;
}

function tapsOf(source: number, size: number, start: number, count: number): Tap[] {
  const scale = source / size;
  const reach = Math.max(scale, 1);
  const perReach = 1 / reach;
  return Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(source, Math.trunc(centre + reach + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((k + first - centre + 0.5) * perReach)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function fixedPoint(taps: readonly Tap[]): Tap[] {
  return taps.map(({ first, weights }) => ({
    first,
    weights: weights.map((weight) => Math.trunc(0.5 + weight * one)),
  }));
}

/** The rounded weighted mean of bytes `stride` apart. Hot: one call per byte and pass. */
function weighBytes(bytes: ArrayLike<number>, start: number, stride: number, weights: Float64Array): number {
  let sum = one / 2;
  for (let k = 0, i = start; k < weights.length; k++, i += stride) sum += (weights[k] ?? 0) * (bytes[i] ?? 0);
  return Math.min(255, Math.floor(sum / one));
}

function weighNumbers(
  values: ArrayLike<number>,
  start: number,
  stride: number,
  weights: Float64Array,
): number {
  let sum = 0;
  for (let k = 0, i = start; k < weights.length; k++, i += stride)
    sum += (weights[k] ?? 0) * (values[i] ?? 0);
  return sum;
}
