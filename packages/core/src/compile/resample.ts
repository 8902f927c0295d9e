/**
 * Linear enlargement along every axis as products with constant matrices, of pictures U_h A U_w^T, which every provider has
 * and which is the same on all of them.
 */
import type { Tape } from "@onnx-lrp/onnx-loader";
import { type PlaceAxis, type PlaceShape, placeAxes, placesOfShape } from "../grid/place-axes.ts";
import type { SpatialLayer } from "../relevance-graph/layers.ts";
import { type Alignment, taps } from "../taps.ts";

/** Row i holds the shares of the `from` old places in the new place i. */
export function interpolation(from: number, to: number, alignment: Alignment): number[] {
  return taps(from, to, alignment).flatMap(({ low, high, part }) => {
    const row = new Array<number>(from).fill(0);
    row[low] = 1 - part;
    row[high] = (row[high] ?? 0) + part;
    return row;
  });
}

/**
 * @param value [K, N, 1, ...sizes of the layer]
 * @returns [K, N, 1, ...places of the input]
 */
export function enlarge(
  tape: Tape,
  value: string,
  from: Pick<SpatialLayer, "sizes" | PlaceAxis>,
  to: PlaceShape,
  alignment: Alignment = "centres",
): string {
  const axes = placeAxes(to);
  const places = placesOfShape(to);
  const { depth, height, width } = places;
  const reshaped = (name: string, sizes: readonly number[]) =>
    tape.emit("Reshape", [name, tape.ints([0, 0, 1, ...sizes])]);
  const matrix = (axis: PlaceAxis) =>
    tape.floats(interpolation(from[axis], places[axis], alignment), [places[axis], from[axis]]);
  const aligned =
    from.sizes.length === axes.length
      ? value
      : reshaped(
          value,
          axes.map((axis) => from[axis]),
        );
  const rows = axes.includes("height") ? matrix("height") : undefined;
  const columns = tape.floats(transposed(interpolation(from.width, width, alignment), from.width), [
    from.width,
    width,
  ]);
  const high = rows === undefined ? aligned : tape.emit("MatMul", [rows, aligned]);
  const plane = tape.emit("MatMul", [high, columns]);
  if (!axes.includes("depth")) return plane;
  // A product with a matrix takes the last axis but one: the places of a plane lie along one axis for it.
  const planes = tape.emit("MatMul", [matrix("depth"), reshaped(plane, [from.depth, height * width])]);
  return reshaped(planes, [depth, height, width]);
}

function transposed(matrix: readonly number[], columns: number): number[] {
  const rows = matrix.length / columns;
  return Array.from({ length: columns }, (_, j) =>
    Array.from({ length: rows }, (__, i) => matrix[i * columns + j] ?? 0),
  ).flat();
}
