/**
 * The gradient of the target's softmax probability, Eq. 10 of Iwana, Kuroki, Uchida 2019:
 *
 *     p_t (1 - p_t) at the target t,  -p_t p_n at every other class n
 *   = p_t (1 - p_t) (e_t - q),        q = softmax over the classes other than t
 *
 * The map is propagated from the unit seed e_t - q, and p_t (1 - p_t) is given beside it as its scale: both are the
 * same map, but the unit form stays whole when the softmax is saturated. With d = z_t - log sum_{n != t} exp z_n,
 *
 *     p_t (1 - p_t) = exp(-|d|) / (1 + exp(-|d|))^2,
 *
 * which neither over- nor underflows before |d| reaches 87. (onnxruntime's Sigmoid stops at 18 on CPU.)
 */
import { ops, UserError } from "@onnx-lrp/onnx-loader";
import type { Seed } from "./seed.ts";

/** Finite, so that no provider's arithmetic turns it to NaN, and far below any logit. */
const farBelow = -1e30;

export const sglrp: Seed = ({ tape, classes, logits, isTarget, targetLogit }) => {
  if (classes < 2)
    throw new UserError("unsupported", "SGLRP contrasts classes, and this network has only one.");
  const op = ops(tape);
  const rivals = op.where(isTarget, farBelow, logits);
  // TopK is the same in every opset since 11; ReduceMax is not.
  const [highest = ""] = tape.emitMany("TopK", [rivals, tape.ints([1])], 2);
  const powers = op.exp(op.sub(rivals, highest));
  const sum = op.sum(powers, [-1]);
  const q = op.div(powers, sum);
  const seed = op.where(isTarget, 1, op.neg(q));

  const distance = op.abs(op.sub(targetLogit, op.add(highest, op.log(sum))));
  const decay = op.exp(op.neg(distance));
  const whole = op.add(decay, 1);
  return { seed, scale: op.div(decay, op.mul(whole, whole)) };
};
