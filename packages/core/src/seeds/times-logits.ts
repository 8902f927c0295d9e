/**
 * Seeds of composites that are a gradient of a modified network times the input (Arras et al. 2025): what is placed on the
 * logits as relevance is the gradient of sum(seed * z) there, the seed, times the logits. For `lrp` that is its own seed.
 */
import { ops } from "@onnx-lrp/onnx-loader";
import type { MethodName } from "../names.ts";
import type { Seed } from "./seed.ts";
import { sglrp } from "./sglrp.ts";

const sglrpTimesLogits: Seed = (context) => {
  const { seed, scale } = sglrp(context);
  return { seed: ops(context.tape).mul(seed, context.logits), scale };
};

/** @returns undefined for methods whose own seed is relevance already */
export function seedTimesLogits(method: MethodName): Seed | undefined {
  return method === "sglrp" ? sglrpTimesLogits : undefined;
}
