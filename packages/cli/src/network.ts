import type { DeclaredInputPort, PictureSize, PixelBounds } from "@onnx-lrp/core";
import type { ModelFile } from "@onnx-lrp/node";
import type { Preprocess, PreprocessSource } from "@onnx-lrp/pictures";
import { findModel } from "./find-model.ts";
import { type MethodArguments, parseSize, pixelsFor, preprocessFor } from "./options.ts";

/** A network as the command line's options describe it. */
export interface Network {
  readonly file: ModelFile;
  readonly picture: DeclaredInputPort;
  /** The size that the user fixes. */
  readonly size: PictureSize | undefined;
  readonly spec: Preprocess;
  /** Who says how pictures are preprocessed. */
  readonly from: PreprocessSource;
  readonly pixels: PixelBounds;
}

/**
 * Reads a network, and finds out how pictures become its input.
 *
 * @param opened the model's file, where it was read already
 */
export async function openNetwork(
  args: MethodArguments & { readonly model: string },
  opened?: ModelFile,
): Promise<Network> {
  const { readModelFile } = await import("@onnx-lrp/node");
  const { findModelInput } = await import("@onnx-lrp/core");
  const size = parseSize(args.size);
  const file = opened ?? readModelFile(await findModel(args.model));
  const { picture, range } = findModelInput(file.model, args.input);
  const { spec, from } = await preprocessFor(args, file, picture.channels, range);
  const pixels = await pixelsFor(args, spec, picture.channels);
  return { file, picture, size, spec, from, pixels };
}
