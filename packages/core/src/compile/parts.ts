/** Parts (operators/part.ts) of values as graph nodes: taking one, putting relevance of several back together. */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { alongAxis } from "../operators/broadcast.ts";
import type { EmitContext } from "../operators/operator.ts";
import { type AxisPlaces, type Part, partDims, samePart, whole, withPlaces } from "../operators/part.ts";
import { scatterBack } from "../operators/picks.ts";
import { openAxis, reshapeSizes, timesOf } from "../operators/size.ts";

/** Relevance of a part of a value; the rest has none. */
export interface PartRelevance {
  /** Per target, in the shape of the part. */
  readonly value: string;
  readonly part: Part;
}

/** Takes a part of a per-image value of shape `dims`; each is emitted once. */
export type TakePart = (value: string, dims: readonly Size[], part: Part) => string;

export function createTakePart(tape: Tape): TakePart {
  const made = new Map<string, string>();
  return (value, dims, part) => {
    if (part.length === 0) return value;
    const key = `${value} ${JSON.stringify(part)}`;
    let name = made.get(key);
    if (name === undefined) {
      name = take(tape, value, dims, part);
      made.set(key, name);
    }
    return name;
  };
}

function take(tape: Tape, value: string, dims: readonly Size[], part: Part): string {
  const { sizes, entries } = withBatchApart(dims, part);
  const apart = sizes.length === dims.length ? value : reshape(tape, value, sizes);
  const taken = entries.reduce((from, entry) => takeAlong(tape, from, entry), apart);
  return apart === value ? taken : reshape(tape, taken, partDims(dims, part));
}

function reshape(tape: Tape, value: string, dims: readonly Size[]): string {
  return tape.emit("Reshape", [value, tape.ints(reshapeSizes(dims))]);
}

function takeAlong(tape: Tape, value: string, { axis, places }: AxisPlaces): string {
  const [first = 0, second = first + 1] = places;
  const step = second - first;
  if (places.every((place, i) => place === first + i * step)) {
    const bounds = [first, (places.at(-1) ?? first) + 1, axis, step];
    return tape.emit("Slice", [value, ...bounds.map((bound) => tape.ints([bound]))]);
  }
  return tape.emit("Gather", [value, tape.ints(places)], { axis: int(axis) });
}

/** A shape, and a part of it, whose axis with the batch is two where the part has places there. */
function withBatchApart(dims: readonly Size[], part: Part): { sizes: readonly Size[]; entries: Part } {
  const open = openAxis(dims);
  const entry = part.find(({ axis }) => axis === open);
  if (entry === undefined) return { sizes: dims, entries: part };
  const own = [{ times: 1 }, timesOf(dims[open])];
  const sizes = [
    ...dims.slice(0, open),
    ...(entry.batch === "within" ? own.reverse() : own),
    ...dims.slice(open + 1),
  ];
  const entries = part.map(({ axis, places }) => ({
    axis: axis > open || (axis === open && entry.batch === "around") ? axis + 1 : axis,
    places,
  }));
  return { sizes, entries };
}

/** Relevance of all of a value, with zeros for what is in no part. */
export function wholeRelevance(
  emission: EmitContext,
  dims: readonly Size[],
  { value, part }: PartRelevance,
): string {
  if (part.length === 0) return value;
  const { perTarget } = emission;
  const { sizes, entries } = withBatchApart(dims, part);
  if (sizes.length === dims.length) return scatterBack(emission, value, dims, entries);
  const apart = perTarget.reshape(value, partDims(sizes, entries));
  return perTarget.reshape(scatterBack(emission, apart, sizes, entries), dims);
}

/** The sum of relevance that came to a value along several ways. */
export function sumRelevance(
  emission: EmitContext,
  dims: readonly Size[],
  terms: readonly PartRelevance[],
): PartRelevance | undefined {
  const joined = join(emission, dims, addAlike(emission, terms));
  const [first, ...rest] = joined;
  if (first === undefined || rest.length === 0) return first;
  const values = joined.map((term) => wholeRelevance(emission, dims, term));
  return { value: values.reduce((sum, value) => emission.perTarget.add(sum, value)), part: whole };
}

function addAlike({ perTarget }: EmitContext, terms: readonly PartRelevance[]): PartRelevance[] {
  const sums: PartRelevance[] = [];
  for (const { value, part } of terms) {
    const at = sums.findIndex((sum) => samePart(sum.part, part));
    const before = sums[at];
    if (before === undefined) sums.push({ value, part });
    else sums[at] = { value: perTarget.add(before.value, value), part };
  }
  return sums;
}

/** Joins parts that differ along one axis, where they have no place in common. */
function join(
  emission: EmitContext,
  dims: readonly Size[],
  terms: readonly PartRelevance[],
): PartRelevance[] {
  for (const first of terms) {
    for (const { axis, batch } of first.part) {
      if (batch !== undefined) continue;
      const group = disjointAlong(axis, first, terms);
      if (group.length < 2) continue;
      const others = terms.filter((term) => !group.includes(term));
      return join(emission, dims, [joinAlong(emission, dims, axis, group), ...others]);
    }
  }
  return [...terms];
}

const placesAlong = (axis: number, { part }: PartRelevance): readonly number[] =>
  part.find((entry) => entry.axis === axis)?.places ?? [];

function disjointAlong(axis: number, first: PartRelevance, terms: readonly PartRelevance[]): PartRelevance[] {
  const besides = ({ part }: PartRelevance) => part.filter((entry) => entry.axis !== axis);
  const taken = new Set<number>();
  return terms.filter((term) => {
    const places = placesAlong(axis, term);
    if (places.length === 0 || !samePart(besides(term), besides(first))) return false;
    if (places.some((place) => taken.has(place))) return false;
    for (const place of places) taken.add(place);
    return true;
  });
}

function joinAlong(
  emission: EmitContext,
  dims: readonly Size[],
  axis: number,
  group: readonly PartRelevance[],
): PartRelevance {
  const { tape, perTarget } = emission;
  const ordered = [...group].sort((a, b) => (placesAlong(axis, a)[0] ?? 0) - (placesAlong(axis, b)[0] ?? 0));
  const listed = ordered.flatMap((term) => placesAlong(axis, term));
  const places = [...listed].sort((a, b) => a - b);
  const part = withPlaces(ordered[0]?.part ?? whole, { axis, places }, dims[axis] ?? 1);
  const made = partDims(dims, part);
  const values = ordered.map((term) =>
    axis > 0 ? term.value : perTarget.split(term.value, partDims(dims, term.part)),
  );
  const at = Math.max(axis, 1);
  const together = tape.emit("Concat", values, { axis: int(at) });
  const value = axis > 0 ? together : perTarget.merge(together, made);
  if (places.every((place, i) => place === listed[i])) return { value, part };
  const order = places.map((place) => listed.indexOf(place));
  const sorted = alongAxis(emission, value, axis, made, made, (from, along) =>
    tape.emit("Gather", [from, tape.ints(order)], { axis: int(along) }),
  );
  return { value: sorted, part };
}
