import type { Seed } from "./seed.ts";

/** `e_t`: 1 at the target, the seed of the gradient of its logit. */
export const oneHot: Seed = ({ tape, isTarget }) => ({
  seed: tape.emit("Where", [isTarget, tape.scalar(1), tape.scalar(0)]),
  scale: undefined,
});
