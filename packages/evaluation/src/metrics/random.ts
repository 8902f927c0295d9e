import { createRandom, hashPicture, type Random } from "@onnx-lrp/core/internal";
import { charCodes } from "../char-codes.ts";
import type { MetricContext } from "../types.ts";

/**
 * The random numbers of a metric at a picture: the same for every method, whatever other metrics there are and in whatever order.
 *
 * @param purpose a name, so that metrics draw different numbers
 */
export function randomFor({ seed, item }: Pick<MetricContext, "seed" | "item">, purpose: string): Random {
  return createRandom(seed, hashPicture(item.data), ...charCodes(purpose));
}
