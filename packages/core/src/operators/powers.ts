/** Powers of magnitudes and their roots, which norms are made of: their slopes, and the difference quotients of DeepLIFT. */
import { ops, type Tape } from "@onnx-lrp/onnx-loader";
import { divideOr, divideOrZero, safeDivisor, zeroDifference } from "./stabilize.ts";

/** sign(x) |x|^(p-1), times p where no root is taken, whose derivative has 1/p. */
export function innerSlope(tape: Tape, x: string, p: number, rooted: boolean): string {
  const plain =
    p === 2 ? x : tape.emit("Mul", [ops(tape).sign(x), power(tape, absolute(tape, x, p - 1), p - 1)]);
  return rooted ? plain : tape.emit("Mul", [plain, tape.scalar(p)]);
}

/** y^(1-p), and 0 where y is 0. */
export function outerSlope(tape: Tape, y: string, p: number): string {
  // A norm is 0 only where all its terms are, and then its slope is chosen to be 0.
  const { large, value } = safeDivisor(tape, y, 0, "nonNegative");
  const slope = tape.emit("Reciprocal", [power(tape, value, p - 1)]);
  return tape.emit("Where", [large, slope, tape.scalar(0)]);
}

/** D |x|^p / D x, which needs no difference where p is 1 or 2. */
export function powerQuotient(tape: Tape, x: string, x0: string, p: number): string {
  const op = ops(tape);
  if (p === 2) return op.add(x, x0);
  if (p === 1) return divideOrZero(tape, op.add(x, x0), op.add(op.abs(x), op.abs(x0)), 0);
  const [now, then] = [x, x0].map((value) => power(tape, absolute(tape, value, p), p));
  const slope = innerSlope(tape, op.mul(op.add(x, x0), 0.5), p, false);
  return divideOr(tape, op.sub(now ?? x, then ?? x0), op.sub(x, x0), zeroDifference, slope);
}

/** D y / D y^p */
export function rootQuotient(tape: Tape, y: string, y0: string, p: number): string {
  const op = ops(tape);
  if (p === 2) return divideOrZero(tape, 1, op.add(y, y0), 0);
  const middle = op.mul(op.add(y, y0), 0.5);
  const slope = op.mul(outerSlope(tape, middle, p), 1 / p);
  return divideOr(tape, op.sub(y, y0), op.sub(power(tape, y, p), power(tape, y0, p)), zeroDifference, slope);
}

/** What has the same p-th power as |x|. */
export const absolute = (tape: Tape, x: string, p: number) => (p % 2 === 0 ? x : tape.emit("Abs", [x]));

export function power(tape: Tape, x: string, p: number): string {
  if (p === 0) return tape.scalar(1);
  if (p === 1) return x;
  return p === 2 ? tape.emit("Mul", [x, x]) : tape.emit("Pow", [x, tape.scalar(p)]);
}
