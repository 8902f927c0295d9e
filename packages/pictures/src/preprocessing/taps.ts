import type { Interpolation } from "./preprocess-spec.ts";

/** The source pixels that one pixel of the result looks at: `weights.length` of them from `first`. */
export interface Tap {
  readonly first: number;
  /** They sum to 1. */
  readonly weights: Float64Array;
}

/** A filter over distances in pixels of the smaller picture, 0 beyond `support`. */
interface Filter {
  readonly support: number;
  weight(distance: number): number;
}

/** PIL's filters (libImaging/Resample.c). */
const filters: Readonly<Record<Interpolation, Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Keys' cubic with a = -0.5. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** For `count` pixels from `start` of a line of `source` pixels that is resized to `size`. */
export function tapsOf(
  interpolation: Interpolation,
  source: number,
  size: number,
  start: number,
  count: number,
): Tap[] {
  const filter = filters[interpolation];
  const scale = source / size;
  const stretch = Math.max(scale, 1);
  const reach = filter.support * stretch;
  const perPixel = 1 / stretch;
  return Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(source, Math.trunc(centre + reach + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      filter.weight((k + first - centre + 0.5) * perPixel),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
