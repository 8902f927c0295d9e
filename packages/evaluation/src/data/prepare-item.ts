import { type InputPort, inputKind } from "@onnx-lrp/core";
import { decodeImage } from "@onnx-lrp/node";
import { readInputArrays } from "@onnx-lrp/node/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { type Preprocess, preprocess } from "@onnx-lrp/pictures";
import { isArrayFile } from "@onnx-lrp/pictures/internal";
import type { Item, PreparedItem } from "../types.ts";
import { depthOf } from "./depth.ts";
import { placeRegion } from "./region.ts";

/**
 * Reads a picture as the network takes it, with its region; an array file (.npy, .npz) as it is.
 *
 * @throws UserError "input" if the file or its mask cannot be read or does not fit the network, "usage" if `spec` does not
 * fit it, "unsupported" if the network takes pictures of four channels
 */
export async function prepareItem(item: Item, spec: Preprocess, image: InputPort): Promise<PreparedItem> {
  if (isArrayFile(item.path)) return prepareArray(item, spec, image);
  const kind = inputKind(image);
  if (kind !== "picture") {
    throw new UserError(
      "input",
      `"${item.path}" is a picture, and the input "${image.name}" takes ${kind === "features" ? kind : `${kind}s`}.`,
      {
        subject: { file: item.path, value: image.name },
        remedies: [textRemedy("list array files (.npy, .npz) of its shape")],
      },
    );
  }
  const { width, height, layout } = image;
  const channels = depthOf(image);
  const picture = await decodeImage(item.path);
  const { data } = preprocess(picture, spec, { width, height, layout, channels });
  return { item, data, inside: await placeRegion(item, spec, image, picture) };
}

async function prepareArray(item: Item, spec: Preprocess, image: InputPort): Promise<PreparedItem> {
  const arrays = await readInputArrays(item.path, image);
  const [data] = arrays;
  if (data === undefined || arrays.length > 1) {
    throw new UserError(
      "input",
      `The array in "${item.path}" is a batch of ${arrays.length}, and a data set has one label for each file.`,
      {
        subject: { file: item.path },
        remedies: [textRemedy("save each in a file of its own")],
      },
    );
  }
  if (item.region.kind === "none" || inputKind(image) !== "picture") return { item, data, inside: undefined };
  // An array is not preprocessed: its region lies in the network's own coordinates.
  return { item, data, inside: await placeRegion(item, { ...spec, fit: "squash" }, image, image) };
}
