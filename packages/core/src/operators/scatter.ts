import { intValue as int } from "@onnx-lrp/onnx-loader";
import type { EmitContext } from "./operator.ts";

export interface Scatter {
  readonly axis: number;
  /** For each element of r along the axis, its place in the result; a place may occur more than once. */
  readonly places: readonly number[];
  /** The result's size along the axis. */
  readonly size: number;
  readonly rank: number;
}

/**
 * The adjoint of picking elements along an axis: puts each element of r to its place, zeros elsewhere, and adds up
 * those with the same place. It is emitted as gathering from r with a zero at its end, once for the first element of
 * each place, once for the second and so on: unlike scattering, gathering is parallel and runs everywhere.
 */
export function scatterAlong(
  { tape }: EmitContext,
  r: string,
  { axis, places, size, rank }: Scatter,
): string {
  const sources: number[][] = [];
  const filled = new Map<number, number>();
  for (const [source, place] of places.entries()) {
    const round = filled.get(place) ?? 0;
    filled.set(place, round + 1);
    let table = sources[round];
    if (table === undefined) {
      table = new Array<number>(size).fill(places.length);
      sources.push(table);
    }
    table[place] = source;
  }
  const first = places[0] ?? 0;
  const before = new Array<number>(rank).fill(0);
  const after = [...before];
  if (places.every((place, i) => place === first + i)) {
    before[axis] = first;
    after[axis] = size - first - places.length;
    return tape.emit("Pad", [r, tape.ints([...before, ...after])]);
  }
  after[axis] = 1;
  const padded = tape.emit("Pad", [r, tape.ints([...before, ...after])]);
  return sources
    .map((table) => tape.emit("Gather", [padded, tape.ints(table)], { axis: int(axis) }))
    .reduce((sum, part) => tape.emit("Add", [sum, part]));
}
