/**
 * Resolves `targets` [N,K] inside the graph: a class index stays, -r becomes the r-th most probable class. The K targets
 * then stand outermost, as everywhere in the relevance pass.
 */
import { intValue as int, intsValue as ints, type Tape } from "@onnx-lrp/onnx-loader";
import type { SeedContext } from "../seeds/index.ts";

export interface ClassTargets extends SeedContext {
  /** [N, K] int64 */
  readonly targetClasses: string;
}

/** @param logits [N, classes] float32; @param targets [N, K] int64 */
export function emitClassTargets(tape: Tape, logits: string, targets: string, classes: number): ClassTargets {
  const ranking = rankingOf(tape, logits, classes);
  const { resolved: targetClasses, chosen: isTarget } = resolve(tape, ranking, targets, classes);
  const onlyTarget = tape.emit("Where", [isTarget, logits, tape.scalar(0)]);
  const targetLogit = tape.emit("ReduceSum", [onlyTarget, tape.ints([-1])], { keepdims: int(1) });
  return { tape, classes, logits, isTarget, targetLogit, targetClasses };
}

/**
 * The seed of a contrast, e_t - e_a: why the target t and not the class a.
 *
 * @param against [N, K] int64, a class or -r as in `targets`
 * @returns [K, N, classes]
 */
export function emitAgainst(tape: Tape, { logits, isTarget, classes }: SeedContext, against: string): string {
  const { chosen } = resolve(tape, rankingOf(tape, logits, classes), against, classes);
  const one = (condition: string) => tape.emit("Where", [condition, tape.scalar(1), tape.scalar(0)]);
  return tape.emit("Sub", [one(isTarget), one(chosen)]);
}

/** [N, classes] int64, the most probable class first. */
function rankingOf(tape: Tape, logits: string, classes: number): string {
  const sorted = { axis: int(1), sorted: int(1) };
  return tape.emitMany("TopK", [logits, tape.ints([classes])], 2, sorted)[1] ?? "";
}

/** The classes [N, K] that are meant, and where they are: [K, N, classes], bool. */
function resolve(tape: Tape, ranking: string, targets: string, classes: number) {
  const byRank = tape.emit("Less", [targets, tape.ints([0], [])]);
  const rank = tape.emit("Sub", [tape.ints([-1], []), targets]);
  // Where a class is given outright any rank will do, so long as it exists.
  const safeRank = tape.emit("Where", [byRank, rank, tape.ints([0], [])]);
  const ranked = tape.emit("GatherElements", [ranking, safeRank], { axis: int(1) });
  const resolved = tape.emit("Where", [byRank, ranked, targets]);
  const outermost = tape.emit("Transpose", [resolved], { perm: ints([1, 0]) });
  const column = tape.emit("Unsqueeze", [outermost, tape.ints([2])]);
  const every = tape.ints(
    Array.from({ length: classes }, (_, i) => i),
    [1, 1, classes],
  );
  return { resolved, chosen: tape.emit("Equal", [column, every]) };
}
