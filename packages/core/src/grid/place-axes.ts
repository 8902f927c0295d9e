/** The axes along which places lie, and values given as one number or one per axis. */
import { type Axes, placesOf } from "./axes.ts";
import { oneChannelAxes, type Places, sizeOfAxis } from "./grid.ts";

/**
 * Places by their axes: an input, or sizes alone. Without axes they are those of a picture, or with a depth those of a
 * volume.
 */
export interface PlaceShape {
  readonly axes?: Axes | undefined;
  readonly depth?: number | undefined;
  readonly height: number;
  readonly width: number;
}

/** An axis of places, by the name of its size. */
export type PlaceAxis = keyof Places;

/** A number for every axis, or one for each of them in order. */
export type PerAxis = number | readonly number[];

/** All three sizes. */
export function placesOfShape({ depth = 1, height, width }: PlaceShape): Places {
  return { depth, height, width };
}

/** The axes in order: width for a signal, height and width for a picture, all three for a volume. */
export function placeAxes(shape: PlaceShape): readonly PlaceAxis[] {
  if (shape.axes === undefined) {
    return shape.depth === undefined ? ["height", "width"] : ["depth", "height", "width"];
  }
  return placesOf(oneChannelAxes(shape.axes, placesOfShape(shape))).flatMap(
    (axis) => sizeOfAxis.get(axis) ?? [],
  );
}

/** The numbers along all axes as they are written: one where all are the same. */
export function perAxis(shape: PlaceShape, values: Places): PerAxis {
  const numbers = placeAxes(shape).map((axis) => values[axis]);
  const [first = 1] = numbers;
  return numbers.every((value) => value === first) ? first : numbers;
}
