/** Options of methods: how maps are made. */
import { biasConventions, compositeNames, methodNames, unknownPolicies } from "@onnx-lrp/core/names";
import type { InferredOptionTypes, Options } from "yargs";

/** In help they stand apart. */
const methodGroup = "Options of some methods:";

/** Of methods that are one model. */
const modelSettings = {
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
} as const satisfies Record<string, Options>;

const { method: _, composite: __, rules: ___, ...common } = methodOptions;
/** Of commands that take a list of methods: the options that all of them share. */
export const commonMethodOptions = common;

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

export type MethodArguments = InferredOptionTypes<typeof methodOptions>;
export type BlackBoxSettings = InferredOptionTypes<typeof blackBoxSettings>;
