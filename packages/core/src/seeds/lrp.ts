import { ops } from "@onnx-lrp/onnx-loader";
import type { Seed } from "./seed.ts";

/** `z_t e_t`: the target's logit, nothing elsewhere. Bach et al. 2015; Eq. 3 of the SGLRP paper. */
export const lrp: Seed = ({ tape, isTarget, logits }) => ({
  seed: ops(tape).where(isTarget, logits, 0),
  scale: undefined,
});
