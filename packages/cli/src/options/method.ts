/** Options of methods: which one, its rules, and its parameters. */
import { biasConventions, compositeNames, methodNames, unknownPolicies } from "@onnx-lrp/core/names";
import type { InferredOptionTypes, Options } from "yargs";

/** Listed last in help. */
const group = "Options of some methods:";

/** Of methods that an explanation model computes, and what perturbation methods share with them. */
export const methodOptions = {
  method: {
    choices: methodNames,
    describe:
      "Explanation method; `onnx-lrp methods` lists them [default: sglrp, or lrp where classes do not compete]",
  },
  composite: {
    choices: compositeNames,
    describe:
      "Which rule each layer gets [default: zplus-box, or zplus if the input's bounds are unknown; transformer for networks with attention]",
  },
  epsilon: { group, type: "number", default: 1e-6, describe: "Stabilizer of the epsilon rule" },
  gamma: { group, type: "number", default: 0.25, describe: "Strength of the gamma rule" },
  "gamma-first": {
    group,
    type: "number",
    describe: "The same at the first layer, in the composite transformer [default: 100]",
  },
  "gamma-dense": {
    group,
    type: "number",
    describe: "The same at dense layers, in the composite transformer [default: 0.05]",
  },
  rules: {
    group,
    type: "string",
    nargs: 1,
    describe: "JSON file with the rules of single layers, instead of a composite",
  },
  bias: {
    group,
    choices: biasConventions,
    default: "none",
    describe:
      "Bias in the denominators of the zplus and alpha-beta rules: none, its positive part, or all of it",
  },
  layer: {
    group,
    type: "string",
    nargs: 1,
    describe: "Layer of a class activation map, named by its node [default: the last with height and width]",
  },
  samples: {
    group,
    type: "number",
    describe:
      "Number of samples [default: 25 noisy copies, 50 steps of a path, 1000 masks, 500 altered pictures]",
  },
  noise: {
    group,
    type: "number",
    describe: "Standard deviation of the noise, as a share of the input's range [default: 0.15]",
  },
  seed: { group, type: "number", default: 0, describe: "Seed of all random numbers" },
  baseline: {
    group,
    type: "string",
    nargs: 1,
    default: "mean",
    describe:
      "Baseline: mean, black, grey, white, or an image file (for methods that accept one). Also fills hidden pixels",
  },
  unknown: {
    choices: unknownPolicies,
    default: "error",
    describe:
      "Operations without a rule: stop with an error, pass relevance through, or propagate it as a gradient",
  },
} as const satisfies Record<string, Options>;

const { method: _, composite: __, rules: ___, ...common } = methodOptions;
/** Of commands that take a list of methods: the options that all of them share. */
export const commonMethodOptions = common;

/** Of methods that query the network many times. */
export const perturbationOptions = {
  score: {
    group,
    choices: ["probability", "logit"],
    default: "probability",
    describe: "Class score that perturbation methods explain",
  },
  window: {
    group,
    type: "string",
    describe:
      "occlusion: side of the window in pixels, or one for each axis (4x16x16) [default: an eighth of the picture]",
  },
  stride: {
    group,
    type: "string",
    describe: "occlusion: pixels from one window to the next, or one for each axis [default: half a window]",
  },
  cells: { group, type: "number", describe: "rise: cells along each side of a mask [default: 7]" },
  segments: { group, type: "number", describe: "lime, kernel-shap: number of superpixels [default: 50]" },
} as const satisfies Record<string, Options>;

/** Former names of flags, which are understood but not listed. */
export const formerFlags: ReadonlyMap<string, string> = new Map([["--watch", "--score"]]);

export type MethodArguments = InferredOptionTypes<typeof methodOptions>;
export type PerturbationArguments = InferredOptionTypes<typeof perturbationOptions>;
