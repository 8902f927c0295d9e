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
import { int, UserError } from "@onnx-lrp/onnx-loader";
import type { Seed } from "./seed.ts";

/** Finite, so that no provider's arithmetic turns it to NaN, and far below any logit. */
const farBelow = -1e30;

export const sglrp: Seed = ({ tape, classes, logits, isTarget, targetLogit }) => {
  if (classes < 2)
    throw new UserError("unsupported", "SGLRP contrasts classes, and this network has only one.");
  const rivals = tape.emit("Where", [isTarget, tape.scalar(farBelow), logits]);
  // TopK stands alike in every opset from 11 on; ReduceMax does not.
  const [highest = ""] = tape.emitMany("TopK", [rivals, tape.ints([1])], 2);
  const powers = tape.emit("Exp", [tape.emit("Sub", [rivals, highest])]);
  const sum = tape.emit("ReduceSum", [powers, tape.ints([-1])], { keepdims: int(1) });
  const q = tape.emit("Div", [powers, sum]);
  const seed = tape.emit("Where", [isTarget, tape.scalar(1), tape.emit("Neg", [q])]);

  const logSum = tape.emit("Add", [highest, tape.emit("Log", [sum])]);
  const distance = tape.emit("Abs", [tape.emit("Sub", [targetLogit, logSum])]);
  const decay = tape.emit("Exp", [tape.emit("Neg", [distance])]);
  const whole = tape.emit("Add", [decay, tape.scalar(1)]);
  return { seed, scale: tape.emit("Div", [decay, tape.emit("Mul", [whole, whole])]) };
};
