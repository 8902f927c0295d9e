import { createRandom, hashPicture, type Random } from "@onnx-lrp/core";
import { charCodes } from "../char-codes.ts";
import type { MetricContext } from "../types.ts";

/**
 * The random numbers of a metric at a picture: the same for every method, and whatever else is measured, in whatever order.
 *
 * @param purpose tells the draws of one metric from another's; a name
 */
export function randomFor({ seed, item }: Pick<MetricContext, "seed" | "item">, purpose: string): Random {
  return createRandom(seed, hashPicture(item.data), ...charCodes(purpose));
}
