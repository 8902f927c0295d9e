/**
 * Parts of values. Relevance often comes back to a part alone: of queries, keys and values that one layer makes to the
 * values, of the tokens to the class token. What is zero everywhere else then takes no arithmetic.
 */
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { timesOf } from "./size.ts";

/** Certain places along one axis. */
export interface AxisPlaces {
  readonly axis: number;
  /** Ascending, and not all there are. Of an axis that is a multiple of the batch, places within one picture's. */
  readonly places: readonly number[];
  /** For such an axis, whether the batch lies around a picture's places, or within each of them. */
  readonly batch?: "around" | "within";
}

/** The elements that lie at the given places of all these axes, of which there is at most one entry each, ascending. */
export type Part = readonly AxisPlaces[];

export const whole: Part = [];

/** The shape of a part. */
export function partDims(dims: readonly Size[], part: Part): Size[] {
  return dims.map((size, axis) => {
    const count = part.find((entry) => entry.axis === axis)?.places.length;
    if (count === undefined) return size;
    return typeof size === "number" ? count : { times: count };
  });
}

/** How much of a value a part is, from 0 to 1. */
export function shareOf(dims: readonly Size[], part: Part): number {
  return part.reduce((share, { axis, places }) => (share * places.length) / timesOf(dims[axis]), 1);
}

export function samePart(a: Part, b: Part): boolean {
  return a.length === b.length && a.every((entry, i) => sameEntry(entry, b[i]));
}

function sameEntry(a: AxisPlaces, b: AxisPlaces | undefined): boolean {
  return (
    a.axis === b?.axis &&
    a.batch === b.batch &&
    a.places.length === b.places.length &&
    a.places.every((place, i) => place === b.places[i])
  );
}

/** A part's other entries, and one for an axis, unless its places are all there are. */
export function withPlaces(part: Part, entry: AxisPlaces, size: Size): Part {
  const others = part.filter(({ axis }) => axis !== entry.axis);
  if (entry.places.length === timesOf(size)) return others;
  return [...others, entry].sort((a, b) => a.axis - b.axis);
}

/**
 * The part of a value that a part of what was picked from it is.
 *
 * @param dims of the value
 * @param picked places along `axis`, in the order in which they were picked
 * @returns undefined where they are not ascending
 */
export function pickedPart(
  dims: readonly Size[],
  axis: number,
  picked: readonly number[],
  part: Part,
): Part | undefined {
  if (picked.some((place, i) => i > 0 && place <= (picked[i - 1] ?? 0))) return undefined;
  const within = part.find((entry) => entry.axis === axis)?.places;
  const places = within === undefined ? picked : within.map((i) => picked[i] ?? 0);
  return withPlaces(part, { axis, places }, dims[axis] ?? 1);
}
