/** Combines two maps that were propagated separately, as seeds/seed.ts says. */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { inverseOrZero } from "../operators/stabilize.ts";
import type { Balance } from "../seeds/index.ts";

/** A smaller sum counts as zero: a map over it may leave the range of float32. */
const zeroSum = 1e-30;

/** The two halves of what was propagated together. @param both [2, K * N, ...] as [2 * K * N, ...] */
export function halves(tape: Tape, both: string, dims: readonly Size[]): [string, string] {
  const pair = tape.emit("Reshape", [both, tape.ints([2, -1, ...dims.slice(1).map(Number)])]);
  const half = (index: number) => tape.emit("Gather", [pair, tape.ints([index], [])], { axis: int(0) });
  return [half(0), half(1)];
}

/**
 * @param target [K, N, ...], the targets' maps
 * @param rivals the rivals', of the same shape
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
  const scaledRivals = tape.emit("Mul", [rivals, inverseOrZero(tape, sum(rivals), zeroSum)]);
  if (balance === "to-one") {
    return tape.emit("Sub", [
      tape.emit("Mul", [target, inverseOrZero(tape, sum(target), zeroSum)]),
      scaledRivals,
    ]);
  }
  return tape.emit("Sub", [target, tape.emit("Mul", [scaledRivals, sum(target)])]);
}
