import { ops } from "@onnx-lrp/onnx-loader";
import type { Seed } from "./seed.ts";

/** `e_t`: 1 at the target, the seed of the gradient of its logit. */
export const oneHot: Seed = ({ tape, isTarget }) => ({
  seed: ops(tape).where(isTarget, 1, 0),
  scale: undefined,
});
