/** Puts together two maps that were propagated apart, as seeds/seed.ts says. */
import { int, type Tape } from "@onnx-lrp/onnx-loader";
import type { Balance } from "../seeds/index.ts";

/**
 * @param maps [2K, N, ...]: the targets' maps, then the rivals'
 * @param rank of it
 * @returns [K, N, ...]
 */
export function balanced(tape: Tape, maps: string, rank: number, balance: Balance): string {
  const shape = tape.emit("Shape", [maps]);
  const rest = tape.emit("Slice", [shape, tape.ints([1]), tape.ints([rank])]);
  const halves = tape.emit("Reshape", [
    maps,
    tape.emit("Concat", [tape.ints([2, -1]), rest], { axis: int(0) }),
  ]);
  const [target, rivals] = [0, 1].map((half) =>
    tape.emit("Gather", [halves, tape.ints([half], [])], { axis: int(0) }),
  );
  const axes = tape.ints(Array.from({ length: rank - 2 }, (_, i) => i + 2));
  const sum = (value: string) => tape.emit("ReduceSum", [value, axes], { keepdims: int(1) });
  const [a = "", b = ""] = [target, rivals];
  const scaledRivals = tape.emit("Mul", [b, safeInverse(tape, sum(b))]);
  if (balance === "to-one") {
    return tape.emit("Sub", [tape.emit("Mul", [a, safeInverse(tape, sum(a))]), scaledRivals]);
  }
  return tape.emit("Sub", [a, tape.emit("Mul", [scaledRivals, sum(a)])]);
}

/** 1 / x, and 0 where x is nothing. */
function safeInverse(tape: Tape, x: string): string {
  const some = tape.emit("Greater", [tape.emit("Abs", [x]), tape.floats([1e-30])]);
  const divisor = tape.emit("Where", [some, x, tape.floats([1])]);
  return tape.emit("Where", [some, tape.emit("Reciprocal", [divisor]), tape.floats([0])]);
}
