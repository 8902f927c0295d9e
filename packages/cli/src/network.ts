import type {
  DeclaredInputPort,
  Feeds,
  InputOptions,
  InputSize,
  PictureSize,
  PixelBounds,
} from "@onnx-lrp/core";
import type { ModelFile } from "@onnx-lrp/node";
import type { Fact, GuessHints, Preprocess, SelfDescription, Source } from "@onnx-lrp/pictures";
import { findModel } from "./find-model.ts";
import { readFeeds } from "./options/feeds.ts";
import { type ModelArguments, parseSize } from "./options/model.ts";
import { pixelsFor } from "./options/pixel-bounds.ts";

/** A network as the command line's options describe it, and it itself. */
export interface Network {
  readonly file: ModelFile;
  readonly picture: DeclaredInputPort;
  /** What the model says of itself. */
  readonly description: SelfDescription;
  /** The size that the user fixes. */
  readonly size: InputSize | undefined;
  /** Which input is explained, its layout, and what the others are given. */
  readonly inputs: Pick<InputOptions, "input" | "layout" | "feeds">;
  /** Inputs that have neither a value nor a default: an archive of arrays (.npz) may have one for each. */
  readonly unfed: readonly string[];
  /** Else the size that pictures are resized to: that of training, if it is known and the network takes any. */
  readonly trainedSize: Fact<PictureSize> | undefined;
  /** The preprocessing of pictures, and its source. */
  readonly spec: Preprocess;
  readonly specSource: Source;
  /** Between which numbers the input's values lie; undefined if nobody says. */
  readonly pixels: PixelBounds | undefined;
}

/**
 * Reads a network, and determines the preprocessing of pictures.
 *
 * @param opened the model's file, if it was read already
 */
export async function openNetwork(
  args: ModelArguments & { readonly model: string },
  opened?: ModelFile,
): Promise<Network> {
  const { describeModelFile, readModelFile } = await import("@onnx-lrp/node");
  const { findModelInput } = await import("@onnx-lrp/core");
  const size = parseSize(args.size);
  const file = opened ?? readModelFile(await findModel(args.model));
  const description = await describeModelFile(file);
  const feeds = await readFeeds(args.feed);
  const inputs = { input: args.input ?? onlyPicture(description), layout: args.layout, feeds };
  const { picture, range } = findModelInput(file.model, inputs);
  const preprocess = await preprocessFor(args, file, description, { picture, range });
  const { value: spec, source: specSource } = preprocess;
  const pixels = await pixelsFor(args, preprocess, picture);
  const trainedSize = size === undefined ? sizeOfTraining(picture, description) : undefined;
  const unfed = unfedInputs(file, picture.name, feeds);
  return { file, inputs, unfed, picture, description, size, trainedSize, spec, specSource, pixels };
}

function unfedInputs({ model: { graph } }: ModelFile, explained: string, feeds: Feeds): string[] {
  return graph.inputs
    .map(({ name }) => name)
    .filter((name) => name !== explained && !graph.initializers.has(name) && !Object.hasOwn(feeds, name));
}

async function preprocessFor(
  args: Pick<ModelArguments, "preprocess" | "squash">,
  { model }: ModelFile,
  description: SelfDescription,
  { picture, range }: Pick<GuessHints, "range"> & { readonly picture: DeclaredInputPort },
): Promise<Fact<Preprocess>> {
  const { resolvePreprocess } = await import("@onnx-lrp/node");
  const { choosePreprocess, isPictureInput, outputSizesOf } = await import("@onnx-lrp/pictures");
  const given = args.preprocess === undefined ? undefined : await resolvePreprocess(args.preprocess);
  const { channels, layout } = picture;
  const hints = {
    ...{ producer: model.producer, layout, channels, range },
    isPicture: isPictureInput(picture),
    outputSizes: outputSizesOf(model),
  };
  const { value, source } = choosePreprocess(given, description, hints);
  return { value: args.squash ? { ...value, fit: "squash" } : value, source };
}

/** The one input that the model declares as a picture. */
function onlyPicture({ pictureInputs: [said] }: SelfDescription): string | undefined {
  return said?.value.length === 1 ? said.value[0] : undefined;
}

function sizeOfTraining(
  port: DeclaredInputPort,
  { size: [trained] }: SelfDescription,
): Fact<PictureSize> | undefined {
  const { height, width } = port;
  if (trained === undefined || !port.axes.includes("H") || (height !== undefined && width !== undefined))
    return undefined;
  const { value, source } = trained;
  return { value: { height: height ?? value.height, width: width ?? value.width }, source };
}
