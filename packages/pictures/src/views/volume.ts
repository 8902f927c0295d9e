/** Planes of volumes. */
import type { Heatmap } from "@onnx-lrp/core";

export interface Voxel {
  readonly depth: number;
  readonly row: number;
  readonly column: number;
}

/** A volume in numbers of any kind, plane by plane. */
export interface Volume<T extends ArrayLike<number>> {
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  readonly values: T;
}

/** A map of a volume. */
export function volumeOf({ depth = 1, height, width, values }: Heatmap): Volume<Float32Array> {
  return { depth, height, width, values };
}

/** The voxel with the largest value by size in any of the maps, each taken relative to its own largest; the middle without any. */
export function strongestVoxel(maps: readonly Heatmap[]): Voxel {
  let [best, found] = [0, -1];
  const [first] = maps;
  for (const { values } of maps) {
    let at = -1;
    for (let i = 0; i < values.length; i += 1) {
      const size = Math.abs(values[i] ?? 0);
      if (size > 0 && Number.isFinite(size) && (at === -1 || size > Math.abs(values[at] ?? 0))) at = i;
    }
    if (at === -1) continue;
    let together = 0;
    for (const map of maps) together += relativeSize(map.values, at);
    if (together > best) [best, found] = [together, at];
  }
  const { depth = 1, height = 1, width = 1 } = first ?? {};
  if (found === -1) return { depth: depth >> 1, row: height >> 1, column: width >> 1 };
  return {
    depth: Math.floor(found / (height * width)),
    row: Math.floor(found / width) % height,
    column: found % width,
  };
}

function relativeSize(values: Float32Array, at: number): number {
  let largest = 0;
  for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest > 0 ? Math.abs(values[at] ?? 0) / largest : 0;
}

export type PlaneName = "depth" | "row" | "column";

/** A plane as rows of numbers. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/**
 * The plane across an axis: across the depth H x W, across the rows D x W, across the columns H x D.
 *
 * @param at its place on that axis, from 0
 */
export function planeAt(volume: Volume<ArrayLike<number>>, across: PlaneName, at: number): Plane {
  const { depth, height, width, values } = volume;
  const value = (d: number, h: number, w: number) => values[(d * height + h) * width + w] ?? 0;
  switch (across) {
    case "depth":
      return plane(width, height, (x, y) => value(at, y, x));
    case "row":
      return plane(width, depth, (x, y) => value(y, at, x));
    case "column":
      return plane(depth, height, (x, y) => value(x, y, at));
  }
}

function plane(width: number, height: number, value: (x: number, y: number) => number): Plane {
  return {
    width,
    height,
    values: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
  };
}

/** Share of the relevance, by size, that may lie outside of the slices on either side. */
const outside = 0.005;

/** Up to that many planes across the depth, evenly spaced through the part where nearly all relevance is. */
export function slicesThrough(map: Heatmap, most = 8): number[] {
  const { depth = 1, height, width, values } = map;
  const sizes = Array.from({ length: depth }, (_, d) =>
    values
      .subarray(d * height * width, (d + 1) * height * width)
      .reduce((sum, value) => sum + (Number.isFinite(value) ? Math.abs(value) : 0), 0),
  );
  const total = sizes.reduce((a, b) => a + b, 0);
  let [first, last] = [0, depth - 1];
  if (total > 0) {
    let before = sizes[first] ?? 0;
    while (before <= outside * total) before += sizes[++first] ?? 0;
    let after = sizes[last] ?? 0;
    while (after <= outside * total) after += sizes[--last] ?? 0;
  }
  const count = Math.min(most, last - first + 1);
  if (count === 1) return [first];
  return Array.from({ length: count }, (_, i) => Math.round(first + (i * (last - first)) / (count - 1)));
}
