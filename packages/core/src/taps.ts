/** Bilinear interpolation along an axis: what one new place takes from the two nearest old ones. */

/** Where a pixel's centre lies: between its edges, as pictures are resized, or at both ends ("align corners"). */
export type Alignment = "centres" | "corners";

/** `(1 - part) * low + part * high` */
export interface Tap {
  readonly low: number;
  readonly high: number;
  readonly part: number;
}

/** One for each of `to` places, from `from` of them; beyond the ends is as at the ends. */
export function taps(from: number, to: number, alignment: Alignment = "centres"): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const place =
      alignment === "centres" ? ((i + 0.5) * from) / to - 0.5 : to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    const clamped = Math.min(Math.max(place, 0), from - 1);
    const low = Math.floor(clamped);
    return { low, high: Math.min(low + 1, from - 1), part: clamped - low };
  });
}
