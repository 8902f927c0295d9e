/**
 * DeepLIFT's multipliers of a softmax, of its logarithm and of log(sum(exp)), without a quotient of what may be too small or
 * too large. With D v = v - v0, L = log(sum(exp(x))) and y = exp(x - L), the rescale rule at each exp and log gives
 *
 *     D y_i = q_i D(x_i - L)       q_i = D y_i / D log y_i = (y_i + y0_i) / 2 t(D log y_i / 2)
 *     D L   = sum_j w_j D x_j      w_j = (D E_j / D x_j) / (D S / D L),  E = exp(x), S = sum(E)
 *                                      = (y_j p + y0_j (1 - p)) t(D x_j / 2) / t(D L / 2),  p = sigmoid(D L)
 *
 * where t(m) = tanh(m) / m, for a - b = (a + b) tanh(log(a / b) / 2). Where x is x0, q and w are y.
 */
import { type Ops, ops } from "@onnx-lrp/onnx-loader";
import type { EmitContext, OnBaseline } from "./operator.ts";

/** Far below any score, and small enough that its product with 0 is 0: masks are -inf. */
export const lowestScore = -1e30;

/** Below it t(m) is 1 - m^2 / 3 but for m^4. */
const small = 0.02;

function quotientOfTanh(op: Ops, m: string): string {
  const large = op.greater(op.abs(m), small);
  const quotient = op.div(op.tanh(m), op.where(large, m, 1));
  return op.where(large, quotient, op.sub(1, op.mul(op.mul(m, m), 1 / 3)));
}

const half = (op: Ops, x: string) => op.mul(x, 0.5);

/** x and its log(sum(exp)), on the picture or on the baseline. */
interface Scores {
  readonly x: string;
  readonly y: string;
  readonly logSum: string;
}

/** @param y the softmax of x along the axes */
function scoresOf(op: Ops, value: string, y: string, axes: readonly number[]): Scores {
  const x = op.max(value, lowestScore);
  // x - log(y) is the same for all, and least rounded where y is large.
  return { x, y, logSum: op.sum(op.mul(y, op.sub(x, op.log(op.max(y, 1e-38)))), axes) };
}

/** w: what each x_j contributes to log(sum(exp)). */
function weightsOfLogSum(op: Ops, now: Scores, then: Scores): string {
  const change = op.sub(now.logSum, then.logSum);
  const p = op.sigmoid(change);
  const mixed = op.add(op.mul(now.y, p), op.mul(then.y, op.sub(1, p)));
  const ratio = op.div(
    quotientOfTanh(op, half(op, op.sub(now.x, then.x))),
    quotientOfTanh(op, half(op, change)),
  );
  return op.mul(mixed, ratio);
}

/**
 * @param x and y of the node, a softmax or its logarithm
 * @param g its output's multipliers, [K, ...]
 * @param axis counted without K
 */
export function softmaxRescaled(
  { tape }: EmitContext,
  [x, y]: readonly [string, string],
  g: string,
  axis: number,
  baseline: OnBaseline,
  logarithm: boolean,
): string {
  const op = ops(tape);
  const soft = (value: string) => (logarithm ? op.exp(value) : value);
  const now = scoresOf(op, x, soft(y), [axis]);
  const then = scoresOf(op, baseline(x), soft(baseline(y)), [axis]);
  const weights = weightsOfLogSum(op, now, then);
  const byLogarithm = logarithm ? g : op.mul(g, meanOfSoftmax(op, now, then));
  return op.sub(byLogarithm, op.mul(op.sum(byLogarithm, [axis + 1]), weights));
}

/** q */
function meanOfSoftmax(op: Ops, now: Scores, then: Scores): string {
  const change = op.sub(op.sub(now.x, then.x), op.sub(now.logSum, then.logSum));
  return op.mul(half(op, op.add(now.y, then.y)), quotientOfTanh(op, half(op, change)));
}

/** The slope of log(sum(exp(x))) by x, from x and the result, with its axes of 1, on picture and baseline. */
export function logSumExpRescaled(
  { tape }: EmitContext,
  now: { readonly x: string; readonly y: string },
  then: { readonly x: string; readonly y: string },
): string {
  const op = ops(tape);
  const scores = ({ x, y }: typeof now): Scores => ({ x, y: op.exp(op.sub(x, y)), logSum: y });
  return weightsOfLogSum(op, scores(now), scores(then));
}
