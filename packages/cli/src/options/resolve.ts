/** Options of particular methods, and what they come to. */
import type { DeclaredInputPort, ExplainerOptions } from "@onnx-lrp/core";
import { biasConventions } from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ColourName, Preprocess } from "@onnx-lrp/pictures";
import type { InferredOptionTypes, Options } from "yargs";

/** In help they stand apart. */
export const methodGroup = "Options of some methods:";

/** Of methods that are one model. */
export const modelSettings = {
  rules: {
    group: methodGroup,
    type: "string",
    nargs: 1,
    describe: "JSON file of rules layer by layer, in place of a composite",
  },
  bias: {
    group: methodGroup,
    choices: biasConventions,
    default: "none",
    describe:
      "Bias in the denominators of the zplus and alpha-beta rules: none, its positive part, or as it is",
  },
  layer: {
    group: methodGroup,
    type: "string",
    nargs: 1,
    describe: "Node whose output a class activation map is of [default: the last with height and width]",
  },
  samples: {
    group: methodGroup,
    type: "number",
    describe:
      "Noisy copies, steps, masks or coalitions of the methods that take samples [default: 25, 50, 1000, 500]",
  },
  noise: {
    group: methodGroup,
    type: "number",
    describe: "Noise of the copies, as a share of the range of pixels [default: 0.15]",
  },
  seed: { group: methodGroup, type: "number", default: 0, describe: "Of everything that is drawn at random" },
  baseline: {
    group: methodGroup,
    type: "string",
    nargs: 1,
    default: "mean",
    describe:
      "What stands for no picture, and hides pixels: mean, black, grey, white, or (where a method holds against it) a picture",
  },
} as const satisfies Record<string, Options>;

/** Of methods that ask the network again and again. */
export const blackBoxSettings = {
  watch: {
    group: methodGroup,
    choices: ["probability", "logit"],
    default: "probability",
    describe: "The score that perturbation methods watch",
  },
  window: {
    group: methodGroup,
    type: "number",
    describe: "occlusion: side of the window in pixels [default: an eighth of the picture]",
  },
  stride: {
    group: methodGroup,
    type: "number",
    describe: "occlusion: pixels from window to window [default: half a window]",
  },
  cells: {
    group: methodGroup,
    type: "number",
    describe: "rise: cells along the side of a mask [default: 7]",
  },
  segments: { group: methodGroup, type: "number", describe: "lime, kernel-shap: superpixels [default: 50]" },
} as const satisfies Record<string, Options>;

export type ModelSettings = InferredOptionTypes<typeof modelSettings>;
export type BlackBoxSettings = InferredOptionTypes<typeof blackBoxSettings>;

/** What a network says about its pictures. */
interface PictureFacts {
  readonly spec: Preprocess;
  readonly picture: DeclaredInputPort;
}

/** @throws UserError `usage` for files and numbers that are none */
export async function settingsFor(
  args: ModelSettings & Partial<BlackBoxSettings>,
  facts: PictureFacts,
): Promise<ExplainerOptions> {
  for (const name of ["samples", "window", "stride", "cells", "segments"] as const) {
    const value = args[name];
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      throw new UserError("usage", `--${name} must be an integer of at least 1; got ${value}.`);
    }
  }
  if (!Number.isInteger(args.seed))
    throw new UserError("usage", `--seed must be an integer; got ${args.seed}.`);
  return {
    rules: args.rules === undefined ? undefined : await readRules(args.rules),
    layer: args.layer,
    samples: args.samples,
    noise: args.noise,
    seed: args.seed,
    baseline: await referenceFor(args.baseline, facts),
    of: args.watch,
    window: args.window,
    stride: args.stride,
    cells: args.cells,
    segments: args.segments,
  };
}

async function readRules(path: string) {
  const { parseRuleFile } = await import("@onnx-lrp/core/rule-file");
  const { readTextFile } = await import("./text-file.ts");
  return parseRuleFile(await readTextFile(path, "rules file"), path);
}

async function referenceFor(
  baseline: string,
  { spec, picture }: PictureFacts,
): Promise<readonly number[] | Float32Array> {
  const { decodeImage, isPictureFile } = await import("@onnx-lrp/node");
  const { colourNames, isPictureChannels, namedColour, preprocess } = await import("@onnx-lrp/pictures");
  const { channels } = picture;
  const named = colourNames.find((name): name is ColourName => name === baseline);
  // Colours are of pictures; whatever else there is counts from 0.
  if (named !== undefined) return isPictureChannels(channels) ? namedColour(named, spec, channels) : [0];
  if (!isPictureFile(baseline)) {
    throw new UserError(
      "usage",
      `--baseline must be one of ${colourNames.join(", ")}, or a picture file; got "${baseline}".`,
    );
  }
  const { height, width, layout } = picture;
  if (height === undefined || width === undefined || !isPictureChannels(channels)) {
    throw new UserError(
      "usage",
      "A picture as --baseline needs a network of fixed height and width, and of one, three or four channels.",
      { remedies: [{ kind: "option", option: "baseline", values: colourNames }] },
    );
  }
  return preprocess(await decodeImage(baseline), spec, { height, width, layout, channels }).data;
}

/** @throws UserError `usage` where a number is beyond what a rule can take */
export function ruleParameters(args: {
  readonly epsilon: number;
  readonly gamma: number;
  readonly bias: ModelSettings["bias"];
}) {
  for (const name of ["epsilon", "gamma"] as const) {
    if (!(args[name] >= 0)) throw new UserError("usage", `--${name} must be a number of at least 0.`);
  }
  const bias = biasConventions.find((known) => known === args.bias) ?? "none";
  return { epsilon: args.epsilon, gamma: args.gamma, bias };
}
