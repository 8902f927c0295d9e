import type { Picture } from "../picture.ts";
import { premultiply, unpremultiply } from "./premultiply.ts";
import type { Interpolation, Preprocess } from "./preprocess-spec.ts";
import { type Tap, tapsOf } from "./taps.ts";

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

/** The filter, and the number of what lies outside of the picture. */
type Settings = Pick<Preprocess, "interpolation" | "padValue">;

const opaque = 255;

/**
 * The part `region` of `picture` resized to `size`, without working out the rest: antialiased, with 8-bit steps
 * between the two passes, as PIL's `resize` does. Colours of a picture with alpha are weighed by their opacity, as PIL resizes
 * RGBA. What of the region lies outside is a margin.
 */
export function resample(picture: Picture, size: Size, region: Region, settings: Settings = {}): Picture {
  const { width, height } = region;
  const { rgb, alpha } = picture;
  if (alpha === undefined) {
    return { width, height, rgb: resamplePlanes(rgb, 3, picture, size, region, settings) };
  }
  const resized = resamplePlanes(alpha, 1, picture, size, region, { ...settings, padValue: opaque });
  const weighed = resamplePlanes(premultiply(rgb, alpha), 3, picture, size, region, settings);
  return { width, height, rgb: unpremultiply(weighed, resized), alpha: resized };
}

/** The same for bytes that are no colours: any number of channels, side by side in each pixel. */
export function resamplePlanes(
  bytes: Uint8Array,
  channels: number,
  source: Size,
  size: Size,
  region: Region,
  settings: Settings = {},
): Uint8Array {
  const inFixedPoint = {
    weights: fixedPoint,
    weigh: weighBytes,
    create: (count: number) => new Uint8Array(count),
  };
  return withMargins(inFixedPoint, bytes, channels, source, size, region, settings);
}

/** The same for numbers of any range, which stay fractions, like PIL's mode "F". */
export function resampleNumbers(
  numbers: ArrayLike<number>,
  channels: number,
  source: Size,
  size: Size,
  region: Region,
  settings: Settings = {},
): Float32Array {
  const inFloat = {
    weights: (taps: readonly Tap[]) => taps,
    weigh: weighNumbers,
    create: (count: number) => new Float32Array(count),
  };
  return withMargins(inFloat, numbers, channels, source, size, region, settings);
}

/** How pixels are weighed, and what the weighed ones are kept in. */
interface Arithmetic<T extends Uint8Array | Float32Array> {
  readonly weights: (taps: readonly Tap[]) => readonly Tap[];
  readonly weigh: (values: ArrayLike<number>, start: number, stride: number, weights: Float64Array) => number;
  readonly create: (count: number) => T;
}

function withMargins<T extends Uint8Array | Float32Array>(
  arithmetic: Arithmetic<T>,
  values: ArrayLike<number>,
  channels: number,
  source: Size,
  size: Size,
  region: Region,
  { interpolation = "bilinear", padValue = 0 }: Settings,
): T {
  const inside = within(region, size);
  const inner = resampleBy(arithmetic, values, channels, source, size, inside, interpolation);
  if (inside.width === region.width && inside.height === region.height) return inner;
  const whole = arithmetic.create(region.width * region.height * channels);
  whole.fill(padValue);
  const row = inside.width * channels;
  for (let y = 0; y < inside.height; y++) {
    const place = (inside.top - region.top + y) * region.width + inside.left - region.left;
    whole.set(inner.subarray(y * row, (y + 1) * row), place * channels);
  }
  return whole;
}

/** What of the region lies in a picture of that size. */
function within(region: Region, size: Size): Region {
  const [left, top] = [Math.max(0, region.left), Math.max(0, region.top)];
  return {
    ...{ left, top },
    width: Math.min(size.width, region.left + region.width) - left,
    height: Math.min(size.height, region.top + region.height) - top,
  };
}

function resampleBy<T extends Uint8Array | Float32Array>(
  { weights, weigh, create }: Arithmetic<T>,
  values: ArrayLike<number>,
  channels: number,
  source: Size,
  size: Size,
  region: Region,
  interpolation: Interpolation,
): T {
  const columns = weights(tapsOf(interpolation, source.width, size.width, region.left, region.width));
  const rows = weights(tapsOf(interpolation, source.height, size.height, region.top, region.height));
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

/** PIL weighs bytes in fixed point: weights are integers, this many to the whole (libImaging/Resample.c). */
const one = 2 ** 22;

function fixedPoint(taps: readonly Tap[]): Tap[] {
  return taps.map(({ first, weights }) => ({
    first,
    weights: weights.map((weight) => Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * one)),
  }));
}

/** The rounded weighted mean of bytes `stride` apart. Hot: one call per byte and pass. */
function weighBytes(bytes: ArrayLike<number>, start: number, stride: number, weights: Float64Array): number {
  let sum = one / 2;
  for (let k = 0, i = start; k < weights.length; k++, i += stride) sum += (weights[k] ?? 0) * (bytes[i] ?? 0);
  return Math.max(0, Math.min(255, Math.floor(sum / one)));
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
