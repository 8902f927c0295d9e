import { ops, UserError } from "@onnx-lrp/onnx-loader";
import type { Seed } from "./seed.ts";

/** `z_t` at the target, `-z_t / (N - 1)` at every other class. Gu et al. 2018; Eq. 7 of the SGLRP paper. */
export const clrp: Seed = ({ tape, classes, isTarget, targetLogit }) => {
  if (classes < 2)
    throw new UserError("unsupported", "CLRP contrasts classes, and this network has only one.");
  const op = ops(tape);
  const others = op.mul(targetLogit, -1 / (classes - 1));
  return { seed: op.where(isTarget, targetLogit, others), scale: undefined };
};
