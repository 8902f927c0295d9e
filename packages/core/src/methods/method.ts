/** The kinds of methods, and what is said of each method. */
import type { GradientComposite } from "../composites.ts";
import type { CompositeName, MethodName } from "../names.ts";
import type { Seed } from "../seeds/index.ts";

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
