import { createRandom, hashPicture, type Random } from "@onnx-lrp/core";
import { textCodes } from "../text-codes.ts";
import type { MeasureContext } from "../types.ts";

/**
 * The random numbers of a measure at a picture: the same for every method, and whatever else is measured, in whatever order.
 *
 * @param purpose tells the draws of one measure from another's; a name
 */
export function randomFor({ seed, item }: Pick<MeasureContext, "seed" | "item">, purpose: string): Random {
  return createRandom(seed, hashPicture(item.data), ...textCodes(purpose));
}
