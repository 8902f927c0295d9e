/** Division by what may be zero, as graph nodes. */
import type { Tape } from "@onnx-lrp/onnx-loader";

/** z + epsilon sign(z), sign(0) = 1. */
export function stabilize(tape: Tape, z: string, epsilon: number): string {
  const negative = tape.emit("Less", [z, tape.scalar(0)]);
  const shift = tape.emit("Where", [negative, tape.scalar(-epsilon), tape.scalar(epsilon)]);
  return tape.emit("Add", [z, shift]);
}

/** 1 / (z + epsilon sign(z)), sign(0) = 1. */
export function stabilizedInverse(tape: Tape, z: string, epsilon: number): string {
  return tape.emit("Reciprocal", [stabilize(tape, z, epsilon)]);
}

/** `nonNegative` saves taking the absolute value. */
export type Range = "signed" | "nonNegative";

/** Where |z| > below. */
export function isLarge(tape: Tape, z: string, below: number, range: Range = "signed"): string {
  const size = range === "nonNegative" ? z : tape.emit("Abs", [z]);
  return tape.emit("Greater", [size, tape.scalar(below)]);
}

export interface Divisor {
  /** Where |z| > below. */
  readonly large: string;
  /** z there, and 1 elsewhere. */
  readonly value: string;
}

export function safeDivisor(tape: Tape, z: string, below: number, range: Range = "signed"): Divisor {
  const large = isLarge(tape, z, below, range);
  return { large, value: tape.emit("Where", [large, z, tape.scalar(1)]) };
}

/** a / b, and `otherwise` where |b| <= below. */
export function divideOr(tape: Tape, a: string, b: string, below: number, otherwise: string): string {
  const divisor = safeDivisor(tape, b, below);
  return tape.emit("Where", [divisor.large, tape.emit("Div", [a, divisor.value]), otherwise]);
}

/** a / b, and 0 where |b| <= below. */
export function divideOrZero(tape: Tape, a: string, b: string, below: number): string {
  return divideOr(tape, a, b, below, tape.scalar(0));
}

/** 1 / z, and 0 where |z| <= below. */
export function inverseOrZero(tape: Tape, z: string, below: number): string {
  const divisor = safeDivisor(tape, z, below);
  return tape.emit("Where", [divisor.large, tape.emit("Reciprocal", [divisor.value]), tape.scalar(0)]);
}
