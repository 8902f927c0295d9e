import type { ImageInput, PixelBounds } from "@onnx-lrp/core";
import type { ModelFile, Preprocess } from "@onnx-lrp/node";
import { findModel } from "./find-model.ts";
import { type MethodArguments, pixelsFor, preprocessFor } from "./options.ts";

/** A network as the command line's options describe it. */
export interface Network {
  readonly file: ModelFile;
  readonly image: ImageInput;
  readonly spec: Preprocess;
  /** Who says how pictures are preprocessed. */
  readonly from: "option" | "model" | "guess";
  readonly pixels: PixelBounds;
}

/** Reads a network, and finds out how pictures become its input. */
export async function openNetwork(args: MethodArguments & { readonly model: string }): Promise<Network> {
  const { readModelFile } = await import("@onnx-lrp/node");
  const { findPictureInput } = await import("@onnx-lrp/core");
  const file = readModelFile(await findModel(args.model));
  const image = findPictureInput(file.model, args.input);
  const { spec, from } = await preprocessFor(args, file, image.channels);
  return { file, image, spec, from, pixels: await pixelsFor(args, spec, image.channels) };
}
