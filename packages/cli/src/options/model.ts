/** Options of a network and of its inputs and outputs. */
import type { InputSize } from "@onnx-lrp/core";
import { headOptions } from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { beyondLimit, limit } from "@onnx-lrp/onnx-loader/limits";
import type { Argv, InferredOptionTypes, Options } from "yargs";

export const modelOptions = {
  preprocess: {
    type: "string",
    describe:
      "Preprocessing of pictures: imagenet, caffe, tf, unit, none, or a JSON file [default: what the model says, else imagenet]",
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
    describe: "Stretch pictures to the input's shape instead of cropping them",
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
    describe: "Axes of the input, one letter each, such as NCHW, NHWC, NCL or NF [default: inferred]",
  },
  "back-to": {
    type: "string",
    nargs: 1,
    describe: "Explain this intermediate value of the network instead of its input",
  },
  output: {
    type: "string",
    nargs: 1,
    describe: "The output with the scores, if the network has several, or any other value in it",
  },
  head: {
    choices: headOptions,
    describe:
      "How the output's numbers become probabilities; score: they are numbers and become none [default: what the network shows]",
  },
  rivals: {
    type: "boolean",
    describe:
      "Let labels or the classes of a box compete, though each has a probability of its own, for methods that subtract rivals",
  },
} as const satisfies Record<string, Options>;

export const labelsOption = {
  type: "string",
  nargs: 1,
  describe:
    "Class names: a file, imagenet, or none [default: what the model says, else imagenet for 1000 classes]",
} as const satisfies Options;

export type ModelArguments = InferredOptionTypes<typeof modelOptions>;

/**
 * Adds the model, the first positional argument.
 *
 * @param first the option that help lists first
 */
export function withModel<T>(argv: Argv<T>, first = "method"): Argv<T & { model: string }> {
  return (
    argv
      .positional("model", {
        type: "string",
        demandOption: true,
        describe: "The network: an .onnx file, or the name of an included network (onnx-lrp models)",
      })
      // Naming the group here puts it before the options of some methods in help.
      .group([first], "Options:")
  );
}

/** Adds the inputs, the positional arguments after the model. */
export function withInputs<T>(argv: Argv<T>): Argv<T & { inputs: string[] }> {
  return argv.positional("inputs", {
    type: "string",
    array: true,
    demandOption: true,
    defaultDescription: "none",
    describe:
      "Pictures, folders of pictures (subfolders are not searched), or arrays (.npy, .npz) in the shape of the model's input",
  });
}

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
    if (elements > limit("inputElements")) {
      throw beyondLimit(
        "inputElements",
        "usage",
        `--size ${text.trim()} is too large: the limit is ${limit("inputElements")} numbers.`,
        { subject: { option: "size" } },
      );
    }
    if (Object.values(size).every((length) => length >= 1)) return size;
  }
  throw new UserError(
    "usage",
    `--size must be one number, HEIGHTxWIDTH or DEPTHxHEIGHTxWIDTH, such as 224 or 240x320; got "${text}".`,
  );
}
