// packages/core/src/seeds/against-top.ts
import { ops } from "@onnx-lrp/onnx-loader";
import type { Seed } from "../../packages/core/src/seeds/seed.ts";

/** e_t - e_top: what speaks for the class rather than for the most probable one. Zero where that is the class itself. */
export const againstTop: Seed = ({ tape, classes, logits, isTarget }) => {
  const op = ops(tape);
  const [, top = ""] = tape.emitMany("TopK", [logits, tape.ints([1])], 2);
  const indices = Array.from({ length: classes }, (_, index) => index);
  const isTop = op.equal(top, tape.ints(indices, [1, classes]));
  return { seed: op.sub(op.where(isTarget, 1, 0), op.where(isTop, 1, 0)), scale: undefined };
};
