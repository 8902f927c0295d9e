import { type Node, UserError } from "@onnx-lrp/onnx-loader";
import { compositeNames, type MethodName, type RuleCompositeName, ruleCompositeNames } from "./names.ts";
import {
  alphaBeta,
  epsilon,
  excitation,
  flat,
  gamma,
  gradientRule,
  type Rule,
  zbox,
  zplusWith,
} from "./rules/index.ts";
import { defaultParameters, type RuleParameters } from "./rules/parameters.ts";
import { authorsCodeSeed, type Seed } from "./seeds/index.ts";

/**
 * Where a linear layer stands, which is what a composite chooses by.
 *
 * - `first`: a convolution or dense layer that sees the image, or the image after shape-only operations and
 *   arithmetic with constants
 * - `conv`, `dense`: any other
 * - `other`: sums of signals and averages, linear maps whose weights are all 1 (or 1/k)
 */
export type Role = "first" | "conv" | "dense" | "other";

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
  /** In place of the method's own. @throws UserError `usage` for a method that the code does not have */
  readonly seeds: (method: MethodName) => Seed;
}

/** Which rule at which layer. */
export interface RuleComposite {
  readonly kind: "rules";
  readonly name: string;
  readonly rules: Readonly<Record<Role, Rule>>;
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

export type Composite = RuleComposite | GradientComposite;

/** One rule for layers of every role, of which a spread may change some: `{ ...everywhere(gamma(0.25)), first: zbox }`. */
export function everywhere(rule: Rule): Record<Role, Rule> {
  return { first: rule, conv: rule, dense: rule, other: rule };
}

/** What the SGLRP paper's published code does; batch normalization then passes relevance on (seeds/authors-code.ts). */
const authorsCode: Conventions = {
  foldAffine: false,
  firstLayer: "picture",
  bounds: "shared",
  seeds: authorsCodeSeed,
};

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
  "authors-code": () => ({
    first: zbox,
    conv: zplusWith("full"),
    dense: zplusWith("full"),
    other: gradientRule,
  }),
} as const satisfies Record<RuleCompositeName, (p: RuleParameters) => Readonly<Record<Role, Rule>>>;

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
  return known === "authors-code" ? { ...composite, conventions: authorsCode } : composite;
}

/** undefined for a composite that follows the definitions. */
export function conventionsOf(composite: Composite): Conventions | undefined {
  return composite.kind === "rules" ? composite.conventions : undefined;
}

/** The rule of a linear layer. */
export function ruleAt({ rules, layers = [] }: RuleComposite, node: Node, role: Role): Rule {
  return layers.find(({ selects }) => selects(node, role))?.rule ?? rules[role];
}
