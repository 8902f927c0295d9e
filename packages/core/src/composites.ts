import { type Node, UserError } from "@onnx-lrp/onnx-loader";
import { compositeNames, type MethodName, type RuleCompositeName, ruleCompositeNames } from "./names.ts";
import {
  alphaBeta,
  epsilon,
  excitation,
  flat,
  gamma,
  gradientRule,
  passRule,
  type Rule,
  uniform,
  zbox,
  zplusWith,
} from "./rules/index.ts";
import { defaultParameters, type RuleParameters } from "./rules/parameters.ts";
import { authorsCodeSeed, type Seed, seedTimesLogits } from "./seeds/index.ts";

/**
 * Where a linear layer stands, which is what a composite chooses by.
 *
 * - `first`: a convolution or dense layer that sees the image, or the image after shape-only operations and
 *   arithmetic with constants
 * - `conv`, `dense`: any other
 * - `other`: sums of signals and averages, linear maps whose weights are all 1 (or 1/k)
 * - `attention`: products of two signals (MatMul, Einsum, Conv), and the Softmax before them. Where one factor holds weights that
 *   a Softmax made, a rule for linear layers shares what they mix, and they get nothing; every other product is shared
 *   evenly (rule `uniform`)
 * - `normalization`: LayerNormalization and its kind that take off a mean: `pass`, or a rule such as `epsilon` that shares by
 *   whole weights, for the linear map that a constant deviation leaves
 * - `shift`: a constant added to a signal after the first layer, such as a position embedding: `pass`, or a rule for the
 *   identity that has the constant as its bias
 */
export type Role = (typeof roles)[number];

export const roles = ["first", "conv", "dense", "other", "attention", "normalization", "shift"] as const;

type OptionalRole = "attention" | "normalization" | "shift";

/** Which rule for each role. Left out, that of `attention` is that of `other`, and the last two pass relevance on. */
type RoleRules = Readonly<Record<Exclude<Role, OptionalRole>, Rule> & Partial<Record<OptionalRole, Rule>>>;

/** Overrides the rule of their role for the layers that it selects. */
export interface LayerRule {
  readonly selects: (node: Node, role: Role) => boolean;
  readonly rule: Rule;
}

/** What published code does otherwise than the definitions say. */
export interface Conventions {
  /** Whether batch normalization and the like are folded into the layer before; by definition they are. */
  readonly foldAffine: boolean;
  /** What a first layer takes: the picture alone, or by definition also what preprocessing in the network makes of it. */
  readonly firstLayer: "picture" | "preprocessed";
  /** Bounds of the zbox rule: by definition those of each channel, or the lowest and the highest of all channels. */
  readonly bounds: "by-channel" | "shared";
  /**
   * In place of the method's own; undefined for that. @throws UserError `usage` for a method that the code does not have
   */
  readonly seeds: (method: MethodName) => Seed | undefined;
}

/** Which rule at which layer. */
export interface RuleComposite {
  readonly kind: "rules";
  readonly name: string;
  readonly rules: RoleRules;
  /** The first that selects a layer has it; a layer that none selects gets the rule of its role. */
  readonly layers?: readonly LayerRule[];
  /** How maps depart from the definitions; left out, they do not. */
  readonly conventions?: Conventions;
}

/**
 * A gradient at every layer, or what was made of it:
 *
 * - `derivative`: the gradient itself
 * - `deconvnet`: a rectifier propagates the positive part of the gradient, whatever its input (Zeiler and Fergus 2014)
 * - `guided`: that, and only where its input was positive (Springenberg et al. 2015)
 * - `rescale`: an activation propagates by its difference quotient to a baseline (DeepLIFT, Shrikumar et al. 2017)
 */
export interface GradientComposite {
  readonly kind: "gradient";
  readonly name: string;
  readonly activations: "derivative" | "deconvnet" | "guided" | "rescale";
}

/** Which rule each layer gets: by its role, or the gradient everywhere. */
export type Composite = RuleComposite | GradientComposite;

/** One rule for layers of every role, of which a spread may change some: `{ ...everywhere(gamma(0.25)), first: zbox }`. */
export function everywhere(rule: Rule): Record<"first" | "conv" | "dense" | "other", Rule> {
  return { first: rule, conv: rule, dense: rule, other: rule };
}

/** The same, and the rule takes normalizations and constants that are added for linear layers too. */
function everywhereWithBias(rule: Rule): RoleRules {
  return { ...everywhere(rule), normalization: rule, shift: rule };
}

/** What the SGLRP paper's published code does; batch normalization then passes relevance on (seeds/authors-code.ts). */
const authorsCode: Conventions = {
  foldAffine: false,
  firstLayer: "picture",
  bounds: "shared",
  seeds: authorsCodeSeed,
};

/** Of composites that equal a gradient of a modified network times the input. */
const modifiedGradient: Conventions = {
  foldAffine: true,
  firstLayer: "preprocessed",
  bounds: "by-channel",
  seeds: seedTimesLogits,
};

const conventions: Partial<Record<RuleCompositeName, Conventions>> = {
  "authors-code": authorsCode,
  "cp-lrp": modifiedGradient,
  attnlrp: modifiedGradient,
};

/**
 * The stabilizer of composites whose maps are a gradient of a modified network, which a larger one would depart from: that of
 * the run, and 1e-9 where the run names none.
 */
function nearZero({ epsilon: given }: RuleParameters): number {
  return given === defaultParameters.epsilon ? 1e-9 : given;
}

const table = {
  "zplus-box": (p: RuleParameters) => ({ ...everywhere(zplusWith(p.bias)), first: zbox }),
  zplus: (p: RuleParameters) => everywhere(zplusWith(p.bias)),
  epsilon: (p: RuleParameters) => everywhere(epsilon(p.epsilon)),
  "epsilon-plus": (p: RuleParameters) => ({
    ...everywhere(epsilon(p.epsilon)),
    first: zplusWith(p.bias),
    conv: zplusWith(p.bias),
  }),
  "epsilon-plus-flat": (p: RuleParameters) => ({
    ...everywhere(epsilon(p.epsilon)),
    first: flat,
    conv: zplusWith(p.bias),
  }),
  "epsilon-alpha2-beta1": (p: RuleParameters) => ({
    ...everywhere(epsilon(p.epsilon)),
    first: alphaBeta(2, 1, p.bias),
    conv: alphaBeta(2, 1, p.bias),
  }),
  "epsilon-gamma-box": (p: RuleParameters) => ({
    ...everywhere(epsilon(p.epsilon)),
    first: zbox,
    conv: gamma(p.gamma),
  }),
  // A picture that is normalized has both signs, of which excitation would leave one out.
  excitation: (p: RuleParameters) => ({ ...everywhere(excitation), first: zplusWith(p.bias) }),
  // Ali et al. 2022: attention's weights and the deviations of normalizations are constants.
  "cp-lrp": (p: RuleParameters) => ({
    ...everywhereWithBias(epsilon(nearZero(p))),
    attention: epsilon(nearZero(p)),
  }),
  // Achtibat et al. 2024.
  attnlrp: (p: RuleParameters) => ({
    ...everywhereWithBias(epsilon(nearZero(p))),
    attention: uniform(nearZero(p)),
  }),
  transformer: (p: RuleParameters) => ({
    first: gamma(p.gammaFirst ?? 100),
    conv: gamma(p.gamma),
    dense: gamma(p.gammaDense ?? 0.05),
    other: epsilon(p.epsilon),
    attention: epsilon(p.epsilon),
    normalization: epsilon(p.epsilon),
    shift: epsilon(p.epsilon),
  }),
  "authors-code": () => ({
    first: zbox,
    conv: zplusWith("full"),
    dense: zplusWith("full"),
    other: gradientRule,
  }),
} as const satisfies Record<RuleCompositeName, (p: RuleParameters) => RoleRules>;

export const gradientComposites = {
  gradient: { kind: "gradient", name: "gradient", activations: "derivative" },
  deconvnet: { kind: "gradient", name: "deconvnet", activations: "deconvnet" },
  "guided-backprop": { kind: "gradient", name: "guided-backprop", activations: "guided" },
  deeplift: { kind: "gradient", name: "deeplift", activations: "rescale" },
} as const satisfies Record<string, GradientComposite>;

/**
 * A composite by its name. What is one of this package's own with a few changes is made of it:
 * `{ ...compositeByName("epsilon-plus"), name: "mine", layers: [...] }`.
 *
 * @throws UserError `usage` for an unknown name
 */
export function compositeByName(name: RuleCompositeName, parameters?: RuleParameters): RuleComposite;
export function compositeByName(name: string, parameters?: RuleParameters): Composite;
export function compositeByName(name: string, parameters: RuleParameters = defaultParameters): Composite {
  if (name === "gradient") return gradientComposites.gradient;
  const known = ruleCompositeNames.find((one) => one === name);
  if (known === undefined) {
    throw new UserError("usage", `There is no composite "${name}".`, {
      subject: { option: "composite" },
      remedies: [{ kind: "option", option: "composite", values: compositeNames }],
    });
  }
  const composite = { kind: "rules", name: known, rules: table[known](parameters) } as const;
  const own = conventions[known];
  return own === undefined ? composite : { ...composite, conventions: own };
}

/** undefined for a composite that follows the definitions. */
export function conventionsOf(composite: Composite): Conventions | undefined {
  return composite.kind === "rules" ? composite.conventions : undefined;
}

/** The rule of a linear layer. */
export function ruleAt({ rules, layers = [] }: RuleComposite, node: Node, role: Role): Rule {
  const own = layers.find(({ selects }) => selects(node, role))?.rule ?? rules[role];
  if (own !== undefined) return own;
  return role === "attention" ? rules.other : passRule;
}
