/** Division by what may be zero, as graph nodes. */
import { type Operand, ops, type Tape } from "@onnx-lrp/onnx-loader";

/** z + epsilon sign(z), sign(0) = 1. */
export function stabilize(tape: Tape, z: string, epsilon: number): string {
  const op = ops(tape);
  return op.add(z, op.where(op.less(z, 0), -epsilon, epsilon));
}

/** 1 / (z + epsilon sign(z)), sign(0) = 1. */
export function stabilizedInverse(tape: Tape, z: string, epsilon: number): string {
  return ops(tape).reciprocal(stabilize(tape, z, epsilon));
}

/** A smaller difference of activations counts as zero: it is mostly rounding. */
export const zeroDifference = 1e-6;

/** `nonNegative` saves taking the absolute value. */
export type Range = "signed" | "nonNegative";

/** Where |z| > below. */
export function isLarge(tape: Tape, z: string, below: number, range: Range = "signed"): string {
  const op = ops(tape);
  return op.greater(range === "nonNegative" ? z : op.abs(z), below);
}

export interface Divisor {
  /** Where |z| > below. */
  readonly large: string;
  /** z there, and 1 elsewhere. */
  readonly value: string;
}

export function safeDivisor(tape: Tape, z: string, below: number, range: Range = "signed"): Divisor {
  const large = isLarge(tape, z, below, range);
  return { large, value: ops(tape).where(large, z, 1) };
}

/** a / b, and `otherwise` where |b| <= below. */
export function divideOr(tape: Tape, a: Operand, b: string, below: number, otherwise: Operand): string {
  const op = ops(tape);
  const divisor = safeDivisor(tape, b, below);
  return op.where(divisor.large, op.div(a, divisor.value), otherwise);
}

/** a / b, and 0 where |b| <= below. */
export function divideOrZero(tape: Tape, a: Operand, b: string, below: number): string {
  return divideOr(tape, a, b, below, 0);
}

/** 1 / z, and 0 where |z| <= below. */
export function inverseOrZero(tape: Tape, z: string, below: number): string {
  const op = ops(tape);
  const divisor = safeDivisor(tape, z, below);
  return op.where(divisor.large, op.reciprocal(divisor.value), 0);
}
