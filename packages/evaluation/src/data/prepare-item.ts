import type { InputPort } from "@onnx-lrp/core";
import { decodeImage } from "@onnx-lrp/node";
import { type Preprocess, preprocess } from "@onnx-lrp/pictures";
import type { Item, PreparedItem } from "../types.ts";
import { depthOf } from "./depth.ts";
import { placeRegion } from "./region.ts";

/**
 * Reads a picture as the network takes it, with its region.
 *
 * @throws UserError "input" if the picture or its mask cannot be read, "usage" if `spec` does not fit the network,
 * "unsupported" if the network takes four channels
 */
export async function prepareItem(item: Item, spec: Preprocess, image: InputPort): Promise<PreparedItem> {
  const { width, height, layout } = image;
  const channels = depthOf(image);
  const picture = await decodeImage(item.path);
  const { data } = preprocess(picture, spec, { width, height, layout, channels });
  return { item, data, inside: await placeRegion(item, spec, image, picture) };
}
