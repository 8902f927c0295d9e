import type {
  DeclaredInputPort,
  Feeds,
  InputOptions,
  InputSize,
  PictureSize,
  PixelBounds,
} from "@onnx-lrp/core";
import type { Fact, Preprocess, PresetName, SelfDescription, Source } from "@onnx-lrp/pictures";
import type { GuessHints } from "@onnx-lrp/pictures/internal";
import { type FeedSources, readFeeds } from "./feeds.ts";
import { type Bound, choosePixels } from "./pixel-bounds.ts";
import type { NamedModel, Platform } from "./platform.ts";

/** What a caller says of a network and its input; the rest is found in the file and beside it. */
export interface NetworkOptions {
  /**
   * How pictures become the input: a preset (`imagenet`, `caffe`, `tf`, `unit`, `none`), a JSON file, or the preprocessing
   * itself. Default: what the model says, else a guess.
   */
  readonly preprocess?: PresetName | (string & {}) | Preprocess | undefined;
  /** Stretches pictures to the input's shape instead of cropping them; default false. */
  readonly squash?: boolean | undefined;
  /** Sizes along the axes that the model leaves open; default the input's own. */
  readonly size?: InputSize | undefined;
  /** Lowest value of the input, one number or one for each channel; default from the preprocessing. */
  readonly low?: Bound | undefined;
  /** Highest value of the input. */
  readonly high?: Bound | undefined;
  /** The input that is explained, if the model has several. */
  readonly input?: string | undefined;
  /** Values of the other inputs by name: a number, an array, or an array file (.npy, .npz). */
  readonly feeds?: FeedSources | undefined;
  /** Axes of the input, one letter each: `NCHW`, `NHWC`, `NCL`, `NCDHW`, `NF`; default inferred. */
  readonly layout?: string | undefined;
}

/** A network with what its file, the files beside it and the caller say of it. */
export interface KnownNetwork<File extends NamedModel = NamedModel> {
  /** Where its files lie. */
  readonly platform: Platform;
  readonly file: File;
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
 * Determines what is known of a network: its input, the preprocessing of pictures, bounds.
 *
 * @param description what it says of itself, in its file and beside it
 * @throws UserError `usage` for options that cannot be meant, `input` for a file of values that cannot be read,
 * `unsupported` for a network without an input that could be explained
 */
export async function knowNetwork<File extends NamedModel>(
  platform: Platform,
  file: File,
  description: SelfDescription,
  options: NetworkOptions = {},
): Promise<KnownNetwork<File>> {
  const { findModelInput } = await import("@onnx-lrp/core/internal");
  const { size } = options;
  const feeds = await readFeeds(platform, options.feeds ?? {});
  const inputs = { input: options.input ?? onlyPicture(description), layout: options.layout, feeds };
  const { picture, range } = findModelInput(file.model, inputs);
  const preprocess = await preprocessFor(platform, options, file, description, { picture, range });
  const { value: spec, source: specSource } = preprocess;
  const pixels = await choosePixels(options, preprocess, picture);
  const trainedSize = size === undefined ? sizeOfTraining(picture, description) : undefined;
  const unfed = unfedInputs(file, picture.name, feeds);
  return {
    ...{ platform, file, inputs, unfed, picture, description },
    ...{ size, trainedSize, spec, specSource, pixels },
  };
}

function unfedInputs({ model: { graph } }: NamedModel, explained: string, feeds: Feeds): string[] {
  return graph.inputs
    .map(({ name }) => name)
    .filter((name) => name !== explained && !graph.initializers.has(name) && !Object.hasOwn(feeds, name));
}

async function preprocessFor(
  platform: Platform,
  { preprocess: wanted, squash = false }: Pick<NetworkOptions, "preprocess" | "squash">,
  { model }: NamedModel,
  description: SelfDescription,
  { picture, range }: Pick<GuessHints, "range"> & { readonly picture: DeclaredInputPort },
): Promise<Fact<Preprocess>> {
  const { choosePreprocess, isPictureInput, outputSizesOf } = await import("@onnx-lrp/pictures/internal");
  const given = typeof wanted === "string" ? await platform.readPreprocess(wanted) : wanted;
  const { channels, layout } = picture;
  const hints = {
    ...{ producer: model.producer, layout, channels, range },
    isPicture: isPictureInput(picture),
    outputSizes: outputSizesOf(model),
  };
  const { value, source } = choosePreprocess(given, description, hints);
  return { value: squash ? { ...value, fit: "squash" } : value, source };
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
