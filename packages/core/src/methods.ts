import { UserError } from "@onnx-lrp/onnx-loader";
import { type GradientComposite, gradientComposites } from "./composites.ts";
import { type CompositeName, type MethodName, methodNames } from "./names.ts";
import { clrp, clrpGu, lrp, oneHot, type Seed, sglrp } from "./seeds/index.ts";

/** Arithmetic in units of a forward pass, that for the scores of the picture itself included. */
export interface Cost {
  /** Whatever the options. */
  readonly fixed: number;
  /** And for each sample, place of the occluding window, or channel of the layer. */
  readonly each?: { readonly of: "sample" | "place" | "channel"; readonly passes: number };
}

interface MethodInfo {
  readonly name: MethodName;
  readonly family:
    | "relevance"
    | "gradient"
    | "modified gradient"
    | "class activation"
    | "attention"
    | "perturbation"
    | "control";
  /** One line for lists. */
  readonly summary: string;
  /** Paper, with the equation if there is one. */
  readonly source: string;
  /** What one map of one picture costs. */
  readonly cost: Cost;
  /** What a network must have, or a user give. */
  readonly needs: string;
  /** What a map's numbers sum to by definition: the change of the logit from the baseline to the picture. */
  readonly sumsTo?: "logit-change";
  /** Whether the network must end in a Softmax: classes that are rivals. */
  readonly needsSoftmax?: true;
}

/** A seed, propagated from layer to layer by the rules of a composite, which the user may choose unless one is named. */
export interface RelevanceMethod extends MethodInfo {
  readonly kind: "relevance";
  readonly seed: Seed;
  /** Whether the seed sums to zero, so that sums over nodes are differences of large numbers. */
  readonly seedSumsToZero?: true;
  readonly composite?: CompositeName;
}

/** A gradient of the logit, or what was made of it, in one pass. */
export interface GradientMethod extends MethodInfo {
  readonly kind: "gradient";
  readonly seed: Seed;
  readonly composite: GradientComposite;
  /** What the result is multiplied with, element by element: nothing, the picture, or its difference from the baseline. */
  readonly times: "none" | "input" | "difference";
}

/** Gradients at many pictures around the input, or on a path to it, and how they are combined. */
export interface SampledMethod extends MethodInfo {
  readonly kind: "sampled";
  /**
   * - `noise`: the picture with noise
   * - `path`: the path from the baseline to the picture, in equal steps
   * - `random-path`: a random place on the path from a random baseline
   */
  readonly samples: "noise" | "path" | "random-path";
  /** The mean of the gradients, their variance, or the mean of each times the picture's difference from its baseline. */
  readonly reduce: "mean" | "variance" | "mean-times-difference";
}

/** Bias and input gradients together. */
export interface FullGradientMethod extends MethodInfo {
  readonly kind: "full-gradient";
}

/** A layer's activations, weighted for a class. */
export interface ActivationMapMethod extends MethodInfo {
  readonly kind: "activation-map";
  readonly weighting: "cam" | "grad-cam" | "grad-cam++" | "hirescam" | "layercam";
  /** Times guided backpropagation. */
  readonly guided: boolean;
}

/** Attention of all layers, multiplied; of no class. */
export interface AttentionRolloutMethod extends MethodInfo {
  readonly kind: "attention-rollout";
}

/** Computed from the network's scores of altered pictures, or without the network. */
export interface PerturbationMethod extends MethodInfo {
  readonly kind: "perturbation";
  readonly perturbation: "score-cam" | "occlusion" | "rise" | "lime" | "kernel-shap" | "random" | "edge";
}

/** What users type as `--method`. */
export type Method =
  | RelevanceMethod
  | GradientMethod
  | SampledMethod
  | FullGradientMethod
  | ActivationMapMethod
  | AttentionRolloutMethod
  | PerturbationMethod;

const anyNetwork = "any network that onnxruntime runs";
const derivatives = "a derivative for every operation";
const rules = "a rule for every operation";

/** Every method by name: its kind, what it costs and needs, and one sentence on what it asks. */
export const methods = {
  sglrp: {
    name: "sglrp",
    kind: "relevance",
    family: "relevance",
    summary: "Softmax-gradient LRP: what speaks for the class, and what for its rivals",
    source: "Iwana, Kuroki, Uchida 2019, Eq. 10",
    cost: { fixed: 3 },
    needsSoftmax: true,
    seedSumsToZero: true,
    needs: rules,
    seed: sglrp,
  },
  clrp: {
    name: "clrp",
    kind: "relevance",
    family: "relevance",
    summary: "Contrastive LRP: the class against all others equally",
    source: "Gu et al. 2018; Iwana et al. 2019, Eq. 7",
    cost: { fixed: 3 },
    seedSumsToZero: true,
    needs: rules,
    seed: clrp,
  },
  lrp: {
    name: "lrp",
    kind: "relevance",
    family: "relevance",
    summary: "Layer-wise relevance propagation of the class's logit",
    source: "Bach et al. 2015",
    cost: { fixed: 3 },
    needs: rules,
    seed: lrp,
  },
  "clrp-gu": {
    name: "clrp-gu",
    kind: "relevance",
    family: "relevance",
    summary: "Contrastive LRP as its authors coded it: two maps, each of sum 1, subtracted",
    source: "Gu, Yang, Tresp 2018, and its code",
    cost: { fixed: 4 },
    needs: rules,
    seed: clrpGu,
  },
  "excitation-backprop": {
    name: "excitation-backprop",
    kind: "relevance",
    family: "relevance",
    summary: "Excitation backpropagation: the probability that each pixel wins for the class",
    source: "Zhang et al. 2016, Eq. 4-6",
    cost: { fixed: 3 },
    needs: rules,
    seed: oneHot,
    composite: "excitation",
  },
  gradient: {
    name: "gradient",
    kind: "gradient",
    family: "gradient",
    summary: "The logit's gradient",
    source: "Simonyan et al. 2014",
    cost: { fixed: 2 },
    needs: derivatives,
    seed: oneHot,
    composite: gradientComposites.gradient,
    times: "none",
  },
  "input-x-gradient": {
    name: "input-x-gradient",
    kind: "gradient",
    family: "gradient",
    summary: "The logit's gradient times the input",
    source: "Shrikumar et al. 2016",
    cost: { fixed: 2 },
    needs: derivatives,
    seed: oneHot,
    composite: gradientComposites.gradient,
    times: "input",
  },
  smoothgrad: {
    name: "smoothgrad",
    kind: "sampled",
    family: "gradient",
    summary: "The mean gradient of noisy copies of the picture",
    source: "Smilkov et al. 2017",
    cost: { fixed: 0, each: { of: "sample", passes: 2 } },
    needs: derivatives,
    samples: "noise",
    reduce: "mean",
  },
  vargrad: {
    name: "vargrad",
    kind: "sampled",
    family: "gradient",
    summary: "The variance of the gradient over noisy copies of the picture",
    source: "Adebayo et al. 2018, 'Local explanation methods'",
    cost: { fixed: 0, each: { of: "sample", passes: 2 } },
    needs: derivatives,
    samples: "noise",
    reduce: "variance",
  },
  "integrated-gradients": {
    name: "integrated-gradients",
    kind: "sampled",
    family: "gradient",
    summary:
      "The gradient along the path from a baseline, times the difference; sums to the change of the logit",
    source: "Sundararajan et al. 2017, Eq. 3",
    cost: { fixed: 0, each: { of: "sample", passes: 2 } },
    sumsTo: "logit-change",
    needs: `${derivatives}; a baseline`,
    samples: "path",
    reduce: "mean-times-difference",
  },
  "gradient-shap": {
    name: "gradient-shap",
    kind: "sampled",
    family: "gradient",
    summary: "Expected gradients: integrated gradients over random baselines",
    source: "Erion et al. 2021, Eq. 2; Lundberg and Lee 2017",
    cost: { fixed: 0, each: { of: "sample", passes: 2 } },
    needs: `${derivatives}; baselines`,
    samples: "random-path",
    reduce: "mean-times-difference",
  },
  fullgrad: {
    name: "fullgrad",
    kind: "full-gradient",
    family: "gradient",
    summary: "The gradients of the picture and of every bias, added up",
    source: "Srinivas and Fleuret 2019, Eq. 6",
    cost: { fixed: 2 },
    needs: derivatives,
  },
  deconvnet: {
    name: "deconvnet",
    kind: "gradient",
    family: "modified gradient",
    summary: "The gradient with rectifiers that propagate only its positive part",
    source: "Zeiler and Fergus 2014",
    cost: { fixed: 2 },
    needs: derivatives,
    seed: oneHot,
    composite: gradientComposites.deconvnet,
    times: "none",
  },
  "guided-backprop": {
    name: "guided-backprop",
    kind: "gradient",
    family: "modified gradient",
    summary: "The gradient, of which active rectifiers propagate only the positive part",
    source: "Springenberg et al. 2015",
    cost: { fixed: 2 },
    needs: derivatives,
    seed: oneHot,
    composite: gradientComposites["guided-backprop"],
    times: "none",
  },
  deeplift: {
    name: "deeplift",
    kind: "gradient",
    family: "modified gradient",
    summary: "DeepLIFT, rescale rule: shares of the logit's difference from that of a baseline",
    source: "Shrikumar et al. 2017, Sect. 3.5.1",
    cost: { fixed: 3 },
    sumsTo: "logit-change",
    needs: `${derivatives}; a baseline`,
    seed: oneHot,
    composite: gradientComposites.deeplift,
    times: "difference",
  },
  cam: {
    name: "cam",
    kind: "activation-map",
    family: "class activation",
    summary: "Class activation map: the last layer's activations, weighted by the class's weights",
    source: "Zhou et al. 2016, Eq. 2",
    cost: { fixed: 1 },
    needs: "a head of one average and one dense layer",
    weighting: "cam",
    guided: false,
  },
  "grad-cam": {
    name: "grad-cam",
    kind: "activation-map",
    family: "class activation",
    summary: "A layer's activations, weighted by their channel's mean gradient",
    source: "Selvaraju et al. 2017, Eq. 1-2",
    cost: { fixed: 1 },
    needs: "a layer with height and width; derivatives after it",
    weighting: "grad-cam",
    guided: false,
  },
  "guided-grad-cam": {
    name: "guided-grad-cam",
    kind: "activation-map",
    family: "class activation",
    summary: "Grad-CAM times guided backpropagation",
    source: "Selvaraju et al. 2017, Sect. 3.2",
    cost: { fixed: 2 },
    needs: derivatives,
    weighting: "grad-cam",
    guided: true,
  },
  "grad-cam++": {
    name: "grad-cam++",
    kind: "activation-map",
    family: "class activation",
    summary: "Grad-CAM whose weights favour the pixels that raise the class",
    source: "Chattopadhay et al. 2018, Eq. 19",
    cost: { fixed: 1 },
    needs: "a layer with height and width; derivatives after it",
    weighting: "grad-cam++",
    guided: false,
  },
  hirescam: {
    name: "hirescam",
    kind: "activation-map",
    family: "class activation",
    summary: "A layer's activations times their own gradient",
    source: "Draelos and Carin 2020",
    cost: { fixed: 1 },
    needs: "a layer with height and width; derivatives after it",
    weighting: "hirescam",
    guided: false,
  },
  layercam: {
    name: "layercam",
    kind: "activation-map",
    family: "class activation",
    summary: "A layer's activations times the positive part of their own gradient",
    source: "Jiang et al. 2021, Eq. 4-5",
    cost: { fixed: 1 },
    needs: "a layer with height and width; derivatives after it",
    weighting: "layercam",
    guided: false,
  },
  "score-cam": {
    name: "score-cam",
    kind: "perturbation",
    family: "class activation",
    summary: "A layer's activations, weighted by the class's score of the picture masked by each",
    source: "Wang et al. 2020",
    cost: { fixed: 2, each: { of: "channel", passes: 1 } },
    needs: "a layer with height and width",
    perturbation: "score-cam",
  },
  "attention-rollout": {
    name: "attention-rollout",
    kind: "attention-rollout",
    family: "attention",
    summary:
      "The attention of all layers multiplied: which patches reach the class token, whatever the class",
    source: "Abnar and Zuidema 2020, Sect. 3",
    cost: { fixed: 1 },
    needs: "attention over the same patches in all layers",
  },
  occlusion: {
    name: "occlusion",
    kind: "perturbation",
    family: "perturbation",
    summary: "The drop of the class's score under a grey window at each place",
    source: "Zeiler and Fergus 2014",
    cost: { fixed: 1, each: { of: "place", passes: 1 } },
    needs: anyNetwork,
    perturbation: "occlusion",
  },
  rise: {
    name: "rise",
    kind: "perturbation",
    family: "perturbation",
    summary: "The mean of random masks, weighted by the class's score of the masked picture",
    source: "Petsiuk et al. 2018, Eq. 6",
    cost: { fixed: 1, each: { of: "sample", passes: 1 } },
    needs: anyNetwork,
    perturbation: "rise",
  },
  lime: {
    name: "lime",
    kind: "perturbation",
    family: "perturbation",
    summary: "A linear model of the class's score over the presence of superpixels",
    source: "Ribeiro et al. 2016",
    cost: { fixed: 0, each: { of: "sample", passes: 1 } },
    needs: anyNetwork,
    perturbation: "lime",
  },
  "kernel-shap": {
    name: "kernel-shap",
    kind: "perturbation",
    family: "perturbation",
    summary: "Shapley values of superpixels",
    source: "Lundberg and Lee 2017, Theorem 2",
    cost: { fixed: 2, each: { of: "sample", passes: 1 } },
    needs: anyNetwork,
    perturbation: "kernel-shap",
  },
  random: {
    name: "random",
    kind: "perturbation",
    family: "control",
    summary: "A map independent of network and picture: random numbers",
    source: "a control for metrics",
    cost: { fixed: 1 },
    needs: anyNetwork,
    perturbation: "random",
  },
  edge: {
    name: "edge",
    kind: "perturbation",
    family: "control",
    summary: "A map independent of the network: the picture's edges (Sobel)",
    source: "Adebayo et al. 2018, 'Sanity checks'",
    cost: { fixed: 1 },
    needs: anyNetwork,
    perturbation: "edge",
  },
} as const satisfies Record<MethodName, Method>;

const counted = { sample: "samples", place: "places of the window", channel: "channels of the layer" };

/** A cost as lists print it: `3`, `2 x samples`, `1 + places of the window`. */
export function costText({ fixed, each }: Cost): string {
  const repeated =
    each === undefined ? [] : [`${each.passes === 1 ? "" : `${each.passes} x `}${counted[each.of]}`];
  return [...(fixed === 0 ? [] : [String(fixed)]), ...repeated].join(" + ");
}

/** Methods that are made by one explanation model: all but those that query the network many times. */
export type ModelMethodName = {
  [Name in MethodName]: (typeof methods)[Name]["kind"] extends "perturbation" ? never : Name;
}[MethodName];

/** @throws UserError `usage` for an unknown name */
export function methodByName(name: string): Method {
  if (!Object.hasOwn(methods, name)) {
    throw new UserError("usage", `There is no method "${name}".`, {
      subject: { option: "method" },
      remedies: [{ kind: "option", option: "method", values: methodNames }],
    });
  }
  return methods[name as MethodName];
}
