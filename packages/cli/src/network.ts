import type { DeclaredInputPort, PictureSize, PixelBounds } from "@onnx-lrp/core";
import type { ModelFile } from "@onnx-lrp/node";
import type { Fact, GuessHints, Preprocess, SelfDescription, Source } from "@onnx-lrp/pictures";
import { findModel } from "./find-model.ts";
import { type MethodArguments, parseSize, pixelsFor } from "./options.ts";

/** A network as the command line's options describe it, and it itself. */
export interface Network {
  readonly file: ModelFile;
  /** The input that takes the picture, where the user or the model says which. */
  readonly input: string | undefined;
  readonly picture: DeclaredInputPort;
  /** What the model says of itself. */
  readonly description: SelfDescription;
  /** The size that the user fixes. */
  readonly size: PictureSize | undefined;
  /** The size that pictures are brought to otherwise, where the network takes any and somebody says at which it was trained. */
  readonly trainedSize: Fact<PictureSize> | undefined;
  /** How pictures become its input, and who says so. */
  readonly spec: Preprocess;
  readonly specSource: Source;
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
  const { describeModelFile, readModelFile } = await import("@onnx-lrp/node");
  const { findModelInput } = await import("@onnx-lrp/core");
  const size = parseSize(args.size);
  const file = opened ?? readModelFile(await findModel(args.model));
  const description = await describeModelFile(file);
  const input = args.input ?? onlyPicture(description);
  const { picture, range } = findModelInput(file.model, { input });
  const { value: spec, source: specSource } = await preprocessFor(args, file, description, {
    picture,
    range,
  });
  const pixels = await pixelsFor(args, spec, picture.channels);
  const trainedSize = size === undefined ? sizeOfTraining(picture, description) : undefined;
  return { file, input, picture, description, size, trainedSize, spec, specSource, pixels };
}

async function preprocessFor(
  args: Pick<MethodArguments, "preprocess" | "squash">,
  { model }: ModelFile,
  description: SelfDescription,
  { picture, range }: Pick<GuessHints, "range"> & { readonly picture: DeclaredInputPort },
): Promise<Fact<Preprocess>> {
  const { resolvePreprocess } = await import("@onnx-lrp/node");
  const { choosePreprocess, outputSizesOf } = await import("@onnx-lrp/pictures");
  const given = args.preprocess === undefined ? undefined : await resolvePreprocess(args.preprocess);
  const { channels, layout } = picture;
  const hints = { producer: model.producer, layout, channels, outputSizes: outputSizesOf(model), range };
  const { value, source } = choosePreprocess(given, description, hints);
  return { value: args.squash ? { ...value, fit: "squash" } : value, source };
}

/** The one input that the model declares as a picture. */
function onlyPicture({ pictureInputs: [said] }: SelfDescription): string | undefined {
  return said?.value.length === 1 ? said.value[0] : undefined;
}

function sizeOfTraining(
  { height, width }: DeclaredInputPort,
  { size: [trained] }: SelfDescription,
): Fact<PictureSize> | undefined {
  if (trained === undefined || (height !== undefined && width !== undefined)) return undefined;
  const { value, source } = trained;
  return { value: { height: height ?? value.height, width: width ?? value.width }, source };
}
