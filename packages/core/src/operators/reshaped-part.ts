/** Where a part of a value is once its shape changes, the elements keeping their order. */
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { AxisPlaces, Part } from "./part.ts";
import { timesOf } from "./size.ts";

/** Axes of one shape and of the other that hold the same elements; up to the end of either. */
interface AxisGroup {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * @param part of a value of shape `from`
 * @returns the same elements of it in shape `to`, in the same order; undefined where they are not a part there
 */
export function reshapedPart(from: readonly Size[], to: readonly Size[], part: Part): Part | undefined {
  if (part.length === 0) return part;
  const groups = axisGroups(from, to);
  if (groups === undefined) return undefined;
  const result: AxisPlaces[] = [];
  for (const group of groups) {
    const entries = part.filter(({ axis }) => group.from.includes(axis));
    if (entries.length === 0) continue;
    const found = group.from.some((axis) => typeof from[axis] !== "number")
      ? withBatch(from, to, group, entries)
      : withoutBatch(from, to, group, entries);
    if (found === undefined) return undefined;
    result.push(...found);
  }
  return result;
}

/** The finest grouping; undefined where the two shapes do not hold the same number of elements. */
function axisGroups(from: readonly Size[], to: readonly Size[]): AxisGroup[] | undefined {
  const groups: AxisGroup[] = [];
  let [i, j] = [0, 0];
  while (i < from.length && j < to.length) {
    const group = { from: [i], to: [j] };
    const [a, b] = [extent(from[i]), extent(to[j])];
    i += 1;
    j += 1;
    while (a.times !== b.times || a.open !== b.open) {
      // The batch is on one side alone, or that side is the shorter one.
      const left = a.open === b.open ? a.times < b.times : !a.open && i < from.length;
      if (left ? i >= from.length : j >= to.length) return undefined;
      const more = extent(left ? from[i] : to[j]);
      const side = left ? a : b;
      side.times *= more.times;
      side.open ||= more.open;
      if (left) group.from.push(i++);
      else group.to.push(j++);
    }
    groups.push(group);
  }
  // What is left over has sizes of 1.
  return [...from.slice(i), ...to.slice(j)].every((size) => size === 1) ? groups : undefined;
}

const extent = (size: Size | undefined) => ({ times: timesOf(size), open: typeof size === "object" });

function withoutBatch(
  from: readonly Size[],
  to: readonly Size[],
  group: AxisGroup,
  entries: Part,
): AxisPlaces[] | undefined {
  const flat = flatPlaces(group.from, from, entries);
  return unflatten(flat, group.to, to);
}

/** Places within one picture's elements; all axes of a group but the batch lie on one side of it. */
function withBatch(
  from: readonly Size[],
  to: readonly Size[],
  group: AxisGroup,
  entries: Part,
): AxisPlaces[] | undefined {
  const own = batchSide(from, group.from, entries[0]?.batch);
  if (own === undefined) return undefined;
  const flat = flatPlaces(group.from, from, entries);
  const side = batchSide(to, group.to, own);
  if (side !== own) return undefined;
  if (group.to.length > 1) return unflatten(flat, group.to, to);
  const [axis = 0] = group.to;
  return flat.length === timesOf(to[axis]) ? [] : [{ axis, places: flat, batch: own }];
}

/** Whether the batch is around a group's other axes or within them; where it has no axis of its own, as `given`. */
function batchSide(
  dims: readonly Size[],
  axes: readonly number[],
  given: AxisPlaces["batch"],
): AxisPlaces["batch"] {
  const at = axes.findIndex((axis) => typeof dims[axis] !== "number");
  if (axes.length === 1) return given;
  if (timesOf(dims[axes[at] ?? 0]) !== 1) return undefined;
  const others = axes.filter((_, i) => i !== at);
  const large = others.filter((axis) => dims[axis] !== 1);
  if (large.every((axis) => axis > (axes[at] ?? 0))) return "around";
  return large.every((axis) => axis < (axes[at] ?? 0)) ? "within" : undefined;
}

/** The places of a part in the axes of a group taken as one, ascending. */
function flatPlaces(axes: readonly number[], dims: readonly Size[], entries: Part): number[] {
  return axes.reduce<number[]>(
    (flat, axis) => {
      const size = timesOf(dims[axis]);
      const places = entries.find((entry) => entry.axis === axis)?.places;
      const along = places ?? Array.from({ length: size }, (_, i) => i);
      return flat.flatMap((before) => along.map((place) => before * size + place));
    },
    [0],
  );
}

/** The entries of several axes that make up places in all of them as one; undefined where they are no part. */
function unflatten(
  flat: readonly number[],
  axes: readonly number[],
  dims: readonly Size[],
): AxisPlaces[] | undefined {
  let stride = 1;
  const entries: AxisPlaces[] = [];
  let count = 1;
  for (const axis of [...axes].reverse()) {
    const size = timesOf(dims[axis]);
    const places = [...new Set(flat.map((place) => Math.floor(place / stride) % size))].sort((a, b) => a - b);
    if (places.length < size) entries.unshift({ axis, places });
    count *= places.length;
    stride *= size;
  }
  return count === flat.length ? entries : undefined;
}
