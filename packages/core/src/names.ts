/** The names that users type, separate from the engine, so that a command line can list them without loading it. */

export const methodNames = [
  "sglrp",
  "clrp",
  "lrp",
  "clrp-gu",
  "excitation-backprop",
  "gradient",
  "input-x-gradient",
  "smoothgrad",
  "vargrad",
  "integrated-gradients",
  "gradient-shap",
  "fullgrad",
  "deconvnet",
  "guided-backprop",
  "deeplift",
  "cam",
  "grad-cam",
  "guided-grad-cam",
  "grad-cam++",
  "hirescam",
  "layercam",
  "score-cam",
  "attention-rollout",
  "occlusion",
  "rise",
  "lime",
  "kernel-shap",
  "random",
  "edge",
] as const;

/** The name of a method. */
export type MethodName = (typeof methodNames)[number];

/** Method and composite as one line, for figures and lists: the method alone where its composite goes without saying. */
export function titleOf({
  method,
  composite,
}: {
  readonly method: string;
  readonly composite: string;
}): string {
  return composite === "none" || composite === method ? method : `${method}, ${composite}`;
}

/** Methods that ignore the network: others are compared with them, and they are never ranked the best. */
export const controlMethodNames: ReadonlySet<string> = new Set<MethodName>(["random", "edge"]);

/** Rules as rules files name them; `alpha-beta` alone cannot do without parameters. */
export const ruleNames = [
  "epsilon",
  "zplus",
  "gamma",
  "zbox",
  "wsquare",
  "flat",
  "excitation",
  "gradient",
  "pass",
  "uniform",
  "alpha-beta",
] as const;

export type RuleName = (typeof ruleNames)[number];

/**
 * Composites made of rules. `zplus-box`, the SGLRP paper's Eq. 1 and 2, is the default, and `transformer` of networks with
 * attention.
 */
export const ruleCompositeNames = [
  "zplus-box",
  "zplus",
  "epsilon",
  "epsilon-plus",
  "epsilon-plus-flat",
  "epsilon-alpha2-beta1",
  "epsilon-gamma-box",
  "excitation",
  "transformer",
  "cp-lrp",
  "attnlrp",
  "authors-code",
] as const;

/** The name of a composite that is made of rules. */
export type RuleCompositeName = (typeof ruleCompositeNames)[number];

/** `gradient` propagates a seed as a gradient does, without any rule. */
export const compositeNames = [...ruleCompositeNames, "gradient"] as const;

/** The name of a composite. */
export type CompositeName = (typeof compositeNames)[number];

/**
 * Whether the bias is part of the denominator of the rules that share by signed contributions: not at all, so that they
 * conserve; its part of the branch's own sign (zennit); or as it is (iNNvestigate 1.0.8).
 */
export const biasConventions = ["none", "positive", "full"] as const;

export type BiasConvention = (typeof biasConventions)[number];

/**
 * What to do with an operation that no rule covers.
 *
 * - `error`: refuse the network, naming it
 * - `pass`: relevance passes unchanged to the signal that has the output's shape
 * - `gradient`: where its derivative is known, the epsilon rule of its linearization: input i of y = f(x) gets
 *   `x_i sum_j dy_j/dx_i R_j / y_j`
 */
export const unknownPolicies = ["error", "pass", "gradient"] as const;

/** What to do with an operation that no rule covers. */
export type UnknownPolicy = (typeof unknownPolicies)[number];

/** What `head` may be set to: how the numbers of an output become probabilities, in place of what is found. */
export const headOptions = ["softmax", "sigmoid", "score"] as const;
/** How a caller reads the output's numbers. */
export type HeadOption = (typeof headOptions)[number];

/** How likeness to other scores, such as an embedding, is measured. */
export const likenesses = ["cosine", "dot"] as const;
export type Likeness = (typeof likenesses)[number];
