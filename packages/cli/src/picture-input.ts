import type { ImageInput } from "@onnx-lrp/core";
import type { Preprocess, Preprocessed } from "@onnx-lrp/node";

/** A picture file as a network takes it, and as it is shown. */
export async function pictureInput(spec: Preprocess, image: ImageInput, path: string): Promise<Preprocessed> {
  const { decodeImage, preprocess } = await import("@onnx-lrp/node");
  const { width, height, layout, channels } = image;
  const shape = { width, height, layout, channels: channels === 1 ? 1 : 3 } as const;
  return preprocess(await decodeImage(path), spec, shape);
}
