/**
 * CLRP as Gu et al. coded it: T = |z_t| e_t and O_n = |z_n| for n != t, each propagated apart, and T/sum(T) - O/sum(O).
 * Gu, Yang, Tresp 2018, Eq. 6 and the code published beside it (its "type 1"), whose positive part is what they show.
 */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { Seed } from "./seed.ts";

export const clrpGu: Seed = ({ tape, classes, logits, isTarget }) => {
  if (classes < 2)
    throw new UserError("unsupported", "CLRP contrasts classes, and this network has only one.");
  const sizes = tape.emit("Abs", [logits]);
  const zero = tape.scalar(0);
  return {
    seed: tape.emit("Where", [isTarget, sizes, zero]),
    scale: undefined,
    rivals: { seed: tape.emit("Where", [isTarget, zero, sizes]), balance: "to-one" },
  };
};
