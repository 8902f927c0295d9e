/** Options that several commands share, and what they come to for a model. */
import type { ExplainerOptions, PictureSize, PixelBounds, PixelRange } from "@onnx-lrp/core";
import { compositeNames, methodNames, unknownPolicies } from "@onnx-lrp/core/names";
import type { ModelFile, Preprocess } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Argv, InferredOptionTypes, Options } from "yargs";
import type { Network } from "./network.ts";
import {
  type BlackBoxSettings,
  methodGroup,
  modelSettings,
  ruleParameters,
  settingsFor,
} from "./settings.ts";

export const methodOptions = {
  method: {
    choices: methodNames,
    default: "sglrp",
    describe: "How maps are made; onnx-lrp methods tells of each",
  },
  composite: {
    choices: [...compositeNames, "gradient"],
    describe: "Which rule at which layer [default: zplus-box]",
  },
  epsilon: { group: methodGroup, type: "number", default: 1e-6, describe: "Stabilizer of the epsilon rule" },
  gamma: { group: methodGroup, type: "number", default: 0.25, describe: "Strength of the gamma rule" },
  ...modelSettings,
  unknown: {
    choices: unknownPolicies,
    default: "error",
    describe: "What to do with an operation that no rule covers",
  },
  preprocess: {
    type: "string",
    describe:
      "How pictures become tensors: imagenet, caffe, tf, unit, none, or a JSON file [default: what the model says, else imagenet]",
  },
  size: {
    type: "string",
    nargs: 1,
    describe:
      "Height and width of pictures, 224 or 240x320, where the network takes any [default: the picture's own]",
  },
  squash: {
    type: "boolean",
    default: false,
    describe: "Stretch the picture to the input's shape instead of cropping it",
  },
  low: {
    type: "string",
    nargs: 1,
    describe:
      "Lowest pixel after preprocessing, a number a channel: -2.1,-2,-1.8 [default: from the preprocessing]",
  },
  high: { type: "string", nargs: 1, describe: "Highest pixel after preprocessing" },
  input: { type: "string", describe: "The input that takes the picture, where there are several" },
  output: { type: "string", describe: "The output with the class scores, where there are several" },
} as const satisfies Record<string, Options>;

/** Of commands that run a network on inputs. */
export const sessionOptions = {
  provider: {
    type: "string",
    default: "cpu",
    describe: "Execution provider of onnxruntime: cpu, cuda, ...; several with commas",
  },
  threads: { type: "number", describe: "Threads of onnxruntime [default: one a core]" },
} as const satisfies Record<string, Options>;

export type MethodArguments = InferredOptionTypes<typeof methodOptions>;

/**
 * The model comes as the first word after the command.
 *
 * @param first the option that stands first in help
 */
export function withModel<T>(argv: Argv<T>, first = "method"): Argv<T & { model: string }> {
  return (
    argv
      .positional("model", {
        type: "string",
        demandOption: true,
        describe: "The network: an .onnx file, or the name of one that ships (onnx-lrp models)",
      })
      // Named here, these stand before the options of some methods in help.
      .group([first], "Options:")
  );
}

/** Pictures and tensors come after the model. */
export function withInputs<T>(argv: Argv<T>): Argv<T & { inputs: string[] }> {
  return argv.positional("inputs", {
    type: "string",
    array: true,
    demandOption: true,
    defaultDescription: "none",
    describe:
      "Pictures, folders of them (not what lies in folders inside), or .npy tensors as the model takes them",
  });
}

/** The user; the file's metadata; the arithmetic that the graph does to the picture; nobody. */
export type PreprocessSource = "option" | "model" | "graph" | "guess";

/**
 * How pictures become tensors for a model: as the user says, else as the model says, else as its own arithmetic on the
 * picture tells, else as ImageNet networks do.
 */
export async function preprocessFor(
  args: Pick<MethodArguments, "preprocess" | "squash">,
  file: ModelFile,
  channels: number,
  range: PixelRange | undefined,
): Promise<{ spec: Preprocess; from: PreprocessSource }> {
  const { parsePreprocess, resolvePreprocess } = await import("@onnx-lrp/node");
  const embedded = file.model.metadata["onnx-lrp.preprocess"];
  const fit = (spec: Preprocess): Preprocess => (args.squash ? { ...spec, fit: "squash" } : spec);
  if (args.preprocess !== undefined) {
    return { spec: fit(await resolvePreprocess(args.preprocess)), from: "option" };
  }
  if (embedded !== undefined) {
    const where = `${file.path}: onnx-lrp.preprocess`;
    return { spec: fit(embeddedPreprocess(() => parsePreprocess(embedded, where))), from: "model" };
  }
  if (range !== undefined) {
    return { spec: fit(await resolvePreprocess(range === "bytes" ? "none" : "unit")), from: "graph" };
  }
  return { spec: fit(await resolvePreprocess(channels === 1 ? "unit" : "imagenet")), from: "guess" };
}

/** What is wrong inside a model is the model's fault, not the user's. */
function embeddedPreprocess(parse: () => Preprocess): Preprocess {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof UserError)
      throw new UserError("model", cause.reason, { subject: cause.subject, cause });
    throw cause;
  }
}

/** The class names that a model's metadata hold, if they do. */
export function embeddedLabels(file: ModelFile): string[] | undefined {
  const text = file.model.metadata["onnx-lrp.labels"];
  if (text === undefined) return undefined;
  try {
    const labels: unknown = JSON.parse(text);
    return Array.isArray(labels) && labels.every((label) => typeof label === "string") ? labels : undefined;
  } catch {
    return undefined;
  }
}

/** The range of pixels that the zbox rule needs. */
export async function pixelsFor(
  args: Pick<MethodArguments, "low" | "high">,
  spec: Preprocess,
  channels: number,
): Promise<PixelBounds> {
  const { pixelBounds } = await import("@onnx-lrp/node");
  const derived = pixelBounds(spec, channels === 1 ? 1 : 3);
  const low = numbers(args.low, "--low", channels) ?? derived.low;
  const high = numbers(args.high, "--high", channels) ?? derived.high;
  for (const [channel, value] of low.entries()) {
    if (value >= (high[channel] ?? value)) {
      throw new UserError(
        "usage",
        `--low must lie below --high in every channel; in channel ${channel} they are ${value} and ${high[channel]}.`,
      );
    }
  }
  return { low, high };
}

function numbers(text: string | undefined, option: string, channels: number): number[] | undefined {
  if (text === undefined) return undefined;
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.some((value) => !Number.isFinite(value)))
    throw new UserError("usage", `${option} takes numbers with commas between them, not "${text}".`);
  const [only] = values;
  if (values.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  if (values.length !== channels) {
    throw new UserError(
      "usage",
      `${option} needs one number, or ${channels}, one for each channel of the input; "${text}" has ${values.length}.`,
    );
  }
  return values;
}

export async function explanationOptions(
  args: MethodArguments & Partial<BlackBoxSettings>,
  network: Network,
): Promise<ExplainerOptions> {
  return {
    method: args.method,
    composite: args.composite,
    parameters: ruleParameters(args),
    ...(await settingsFor(args, network)),
    pixels: network.pixels,
    input: args.input,
    output: args.output,
    size: network.size,
    unknown: args.unknown,
  };
}

/**
 * @param text such as 224 or 240x320 (height x width)
 * @throws UserError `usage` for anything else
 */
export function parseSize(text: string | undefined): PictureSize | undefined {
  if (text === undefined) return undefined;
  const [, height = "", width = height] = /^(\d+)(?:x(\d+))?$/i.exec(text.trim()) ?? [];
  const size = { height: Number(height), width: Number(width) };
  if (height === "" || size.height < 1 || size.width < 1 || size.height * size.width > 2 ** 28) {
    throw new UserError(
      "usage",
      `--size takes pixels, one number for a square or HEIGHTxWIDTH, such as 224 or 240x320; not "${text}".`,
    );
  }
  return size;
}

/** @throws UserError `usage` for anything but a whole number that onnxruntime can take */
export function checkThreads(threads: number | undefined): number | undefined {
  if (threads === undefined) return undefined;
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new UserError("usage", `--threads takes a whole number from 1 to 1024, not ${threads}.`);
  }
  return threads;
}

/** The execution providers that were asked for, in order. */
export function parseProviders(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === "")) {
    throw new UserError(
      "usage",
      `--provider takes names with commas between them, such as cuda,cpu; not "${text}".`,
    );
  }
  return names;
}
