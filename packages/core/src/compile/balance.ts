/** Puts together two maps that were propagated apart, as seeds/seed.ts says. */
import { int, type Size, type Tape } from "@onnx-lrp/onnx-loader";
import type { Balance } from "../seeds/index.ts";

/** The two halves of what was propagated together. @param both [2, K * N, ...] as [2 * K * N, ...] */
export function halves(tape: Tape, both: string, dims: readonly Size[]): [string, string] {
  const pair = tape.emit("Reshape", [both, tape.ints([2, -1, ...dims.slice(1).map(Number)])]);
  const half = (index: number) => tape.emit("Gather", [pair, tape.ints([index], [])], { axis: int(0) });
  return [half(0), half(1)];
}

/**
 * @param target [K, N, ...], the targets' maps
 * @param rivals the rivals', alike
 * @param rank of each
 * @returns [K, N, ...]
 */
export function balanced(
  tape: Tape,
  [target, rivals]: readonly [string, string],
  rank: number,
  balance: Balance,
): string {
  const axes = tape.ints(Array.from({ length: rank - 2 }, (_, i) => i + 2));
  const sum = (value: string) => tape.emit("ReduceSum", [value, axes], { keepdims: int(1) });
  const scaledRivals = tape.emit("Mul", [rivals, safeInverse(tape, sum(rivals))]);
  if (balance === "to-one") {
    return tape.emit("Sub", [tape.emit("Mul", [target, safeInverse(tape, sum(target))]), scaledRivals]);
  }
  return tape.emit("Sub", [target, tape.emit("Mul", [scaledRivals, sum(target)])]);
}

/** 1 / x, and 0 where x is nothing. */
function safeInverse(tape: Tape, x: string): string {
  const some = tape.emit("Greater", [tape.emit("Abs", [x]), tape.scalar(1e-30)]);
  const divisor = tape.emit("Where", [some, x, tape.scalar(1)]);
  return tape.emit("Where", [some, tape.emit("Reciprocal", [divisor]), tape.scalar(0)]);
}
