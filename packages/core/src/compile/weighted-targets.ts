/**
 * Targets as weights W on the scores, a number for each: a place, a region, a box, several classes. At each place the classes
 * with a weight are the target and the others its rivals; the place has the seed of the method, as a classifier's output
 * would have, times the weights. The map of a region is thus the sum of the maps of its places.
 */
import { intValue as int, intsValue as ints, type Tape } from "@onnx-lrp/onnx-loader";
import type { OutputPort } from "../output-port/output-port.ts";
import type { EmittedSeed, Seed } from "../seeds/index.ts";

/**
 * @param logits [N, ...] in the shape of the scores
 * @param weights [N, K, ...]
 * @param place the method's seed; undefined where the weights themselves are the seed
 * @returns seeds as [K, N, elements], in the order in which the scores lie
 */
export function emitWeighted(
  tape: Tape,
  { dims, classAxis }: OutputPort,
  logits: string,
  weights: string,
  place: Seed | undefined,
): EmittedSeed {
  const rank = Math.max(2, dims.length);
  const targetsFirst = tape.emit("Transpose", [weights], {
    perm: ints([1, 0, ...Array.from({ length: rank - 1 }, (_, i) => i + 2)]),
  });
  if (place === undefined) return { seed: flat(tape, targetsFirst), scale: undefined };
  const classes = classAxis === undefined ? 1 : Number(dims[classAxis]);
  const toLast = classesLast(rank, classAxis);
  // [N, places, classes] and [K, N, places, classes]
  const scores = viewed(tape, logits, toLast, 1, classes);
  const wanted = viewed(tape, targetsFirst, toLast, 2, classes);
  const isTarget = tape.emit("Not", [tape.emit("Equal", [wanted, tape.scalar(0)])]);
  const ofTarget = tape.emit("Where", [isTarget, scores, tape.scalar(0)]);
  const sum = (value: string) => tape.emit("ReduceSum", [value, tape.ints([-1])], { keepdims: int(1) });
  const { seed, rivals } = place({ tape, classes, logits: scores, isTarget, targetLogit: sum(ofTarget) });
  const factor = tape.emit("Where", [isTarget, wanted, sum(wanted)]);
  const back = (value: string) => {
    const sizes = toLast.map((axis) => Number(dims[axis]));
    const placed = tape.emit("Reshape", [tape.emit("Mul", [value, factor]), tape.ints([0, 0, ...sizes])]);
    const order = toLast.map((_, axis) => toLast.indexOf(axis + 1) + 2);
    const moved = isSorted(toLast)
      ? placed
      : tape.emit("Transpose", [placed], { perm: ints([0, 1, ...order]) });
    return flat(tape, moved);
  };
  return {
    seed: back(seed),
    scale: undefined,
    ...(rivals === undefined ? {} : { rivals: { ...rivals, seed: back(rivals.seed) } }),
  };
}

/** The axes of scores behind the batch, the class axis last. */
function classesLast(rank: number, classAxis: number | undefined): number[] {
  const axes = Array.from({ length: rank - 1 }, (_, i) => i + 1);
  return classAxis === undefined ? axes : [...axes.filter((axis) => axis !== classAxis), classAxis];
}

function isSorted(axes: readonly number[]): boolean {
  return axes.every((axis, i) => i === 0 || axis > (axes[i - 1] ?? 0));
}

/** @param lead axes that stand before: the batch, or targets and batch @returns [...lead, places, classes] */
function viewed(tape: Tape, value: string, toLast: readonly number[], lead: number, classes: number): string {
  const first = Array.from({ length: lead }, (_, i) => i);
  const perm = ints([...first, ...toLast.map((axis) => axis + lead - 1)]);
  const moved = isSorted(toLast) ? value : tape.emit("Transpose", [value], { perm });
  return tape.emit("Reshape", [moved, tape.ints([...first.map(() => 0), -1, classes])]);
}

/** [K, N, ...] as [K, N, elements]. */
function flat(tape: Tape, value: string): string {
  return tape.emit("Reshape", [value, tape.ints([0, 0, -1])]);
}
