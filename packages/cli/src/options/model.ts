/** Options that several commands share, and what they come to for a model. */
import type { DeclaredInputPort, ExplainerOptions, InputSize, PixelBounds } from "@onnx-lrp/core";
import { compositeNames, methodNames, unknownPolicies } from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Fact, Preprocess } from "@onnx-lrp/pictures";
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
    choices: compositeNames,
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
      "Size of inputs, if the network takes any: 224, 240x320 or DEPTHxHEIGHTxWIDTH [default: the input's own]",
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
      "Lowest value of the input, one number or one per channel: -2.1,-2,-1.8 [default: from the preprocessing]",
  },
  high: { type: "string", nargs: 1, describe: "Highest value of the input" },
  input: { type: "string", nargs: 1, describe: "The input to explain, if the network has several" },
  feed: {
    type: "string",
    array: true,
    default: [],
    defaultDescription: "none",
    describe: "Value of another input: NAME=NUMBER or NAME=FILE.npy; repeatable",
  },
  layout: {
    type: "string",
    nargs: 1,
    describe: "Axes of the input, one letter each, such as NCHW, NHWC, NCL or NF [default: found]",
  },
  "back-to": {
    type: "string",
    nargs: 1,
    describe: "Explain back to this inner value of the network rather than to its input",
  },
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
      "Pictures, folders of them (not what lies in folders inside), or arrays (.npy, .npz) as the model takes them",
  });
}

/** The range of pixels that the zbox rule needs. */
export async function pixelsFor(
  args: Pick<MethodArguments, "low" | "high">,
  preprocess: Fact<Preprocess>,
  port: DeclaredInputPort,
): Promise<PixelBounds | undefined> {
  const { choosePixelBounds } = await import("@onnx-lrp/pictures");
  const { channels } = port;
  const spec = preprocess.value;
  const low = numbers(args.low, "--low", channels);
  const high = numbers(args.high, "--high", channels);
  if (low !== undefined && high !== undefined) return choosePixelBounds(spec, channels, { low, high });
  if (await takesBytes(port, preprocess)) return choosePixelBounds(spec, channels, { low, high });
  if (low === undefined && high === undefined) return undefined;
  throw new UserError(
    "usage",
    `The input "${port.name}" is no picture of bytes, so that --low and --high are needed together, or neither.`,
    { subject: { option: "pixels", value: port.name } },
  );
}

/** Whether an input is made of a picture's bytes, so that its preprocessing says between which numbers its values lie. */
async function takesBytes(
  port: DeclaredInputPort,
  { value: spec, source: { from } }: Fact<Preprocess>,
): Promise<boolean> {
  const { inputKind } = await import("@onnx-lrp/core");
  if (inputKind(port) !== "picture") return false;
  if (port.channels !== 4) return port.channels === 1 || port.channels === 3;
  // Four channels are seldom a picture with its opacity: somebody has to say so.
  return from === "model" || from === "file" || (from === "option" && spec.mean.length === port.channels);
}

function numbers(text: string | undefined, option: string, channels: number): number[] | undefined {
  if (text === undefined) return undefined;
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.some((value) => !Number.isFinite(value)))
    throw new UserError("usage", `${option} must be numbers separated by commas; got "${text}".`);
  const [only] = values;
  if (values.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  if (values.length !== channels) {
    throw new UserError(
      "usage",
      `${option} must be one number, or ${channels}: one per channel of the input; "${text}" has ${values.length}.`,
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
    ...network.inputs,
    backTo: args["back-to"],
    output: args.output,
    size: network.size,
    unknown: args.unknown,
  };
}

/** Elements of one input beyond which no size is accepted. */
const maxElements = 2 ** 28;

/**
 * @param text such as 224 (along every axis), 240x320 (height x width) or 32x64x64 (depth x height x width)
 * @throws UserError `usage` for anything else
 */
export function parseSize(text: string | undefined): InputSize | undefined {
  if (text === undefined) return undefined;
  const [first, second, third] = /^\d+(x\d+){0,2}$/i.test(text.trim())
    ? text.trim().split(/x/i).map(Number)
    : [];
  if (first !== undefined) {
    const size =
      second === undefined
        ? { depth: first, height: first, width: first }
        : third === undefined
          ? { height: first, width: second }
          : { depth: first, height: second, width: third };
    const plane = size.height * size.width;
    const elements = third === undefined ? plane : plane * first;
    if (Object.values(size).every((length) => length >= 1) && elements <= maxElements) return size;
  }
  throw new UserError(
    "usage",
    `--size must be one number, HEIGHTxWIDTH or DEPTHxHEIGHTxWIDTH, such as 224 or 240x320; got "${text}".`,
  );
}

/** @throws UserError `usage` for anything but a whole number that onnxruntime can take */
export function checkThreads(threads: number | undefined): number | undefined {
  if (threads === undefined) return undefined;
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new UserError("usage", `--threads must be an integer from 1 to 1024; got ${threads}.`);
  }
  return threads;
}

/** The execution providers that were asked for, in order. */
export function parseProviders(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === "")) {
    throw new UserError(
      "usage",
      `--provider must be names separated by commas, such as cuda,cpu; got "${text}".`,
    );
  }
  return names;
}
