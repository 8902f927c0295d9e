/**
 * CLRP as Gu et al. coded it: T = |z_t| e_t and O_n = |z_n| for n != t, each propagated separately, and T/sum(T) - O/sum(O).
 * Gu, Yang, Tresp 2018, Eq. 6 and the code published beside it (its "type 1"), whose positive part is what they show.
 */
import { ops, UserError } from "@onnx-lrp/onnx-loader";
import type { Seed } from "./seed.ts";

export const clrpGu: Seed = ({ tape, classes, logits, isTarget }) => {
  if (classes < 2)
    throw new UserError("unsupported", "CLRP contrasts classes, and this network has only one.");
  const op = ops(tape);
  const sizes = op.abs(logits);
  return {
    seed: op.where(isTarget, sizes, 0),
    scale: undefined,
    rivals: { seed: op.where(isTarget, 0, sizes), balance: "to-one" },
  };
};
