/** How the elements of one input lie in memory: channels first or last, over a grid of places. */
import { type Axes, type Axis, placesOf } from "./axes.ts";

/** Whether the channels of a place lie one after another (`nhwc`), or the places of a channel (`nchw`). */
export type Layout = "nchw" | "nhwc";

/**
 * A grid of places with channels. A picture has a depth of 1, a signal a depth and a height of 1, and its length is the
 * width.
 */
export interface Grid {
  readonly layout: Layout;
  readonly channels: number;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
}

/** The sizes of a grid of places alone. */
export type Places = Pick<Grid, "depth" | "height" | "width">;

/** The size of a grid along each axis of places; features have none of their own. */
export const sizeOfAxis: ReadonlyMap<Axis, keyof Places> = new Map([
  ["D", "depth"],
  ["H", "height"],
  ["W", "width"],
  ["L", "width"],
]);

/** Places of a grid: pixels of a picture, moments of a signal, voxels of a volume. */
export function placeCount({ depth, height, width }: Places): number {
  return depth * height * width;
}

/** Distances in elements between neighbouring channels of a place, and between neighbouring places of a channel. */
export function strides(grid: Grid): { readonly channel: number; readonly place: number } {
  return grid.layout === "nchw"
    ? { channel: placeCount(grid), place: 1 }
    : { channel: 1, place: grid.channels };
}

/** The sizes along the axes, without the batch: the shape of one input. */
export function gridSizes(axes: Axes, grid: Omit<Grid, "layout">): number[] {
  const size: Readonly<Record<Axis, number>> = {
    N: 1,
    C: grid.channels,
    D: grid.depth,
    H: grid.height,
    W: grid.width,
    L: grid.width,
    F: grid.channels * placeCount(grid),
  };
  return axes.filter((axis) => axis !== "N").map((axis) => size[axis]);
}

/** Axes of one channel over the places of an input; those of features are the places that they stand for. */
export function oneChannelAxes(axes: Axes, { depth, height }: Places): Axes {
  const places = placesOf(axes);
  if (!places.includes("F")) return ["N", "C", ...places];
  return depth > 1 ? ["N", "C", "D", "H", "W"] : height > 1 ? ["N", "C", "H", "W"] : ["N", "C", "L"];
}
