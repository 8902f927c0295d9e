import { type Node, UserError } from "@onnx-lrp/onnx-loader";
import { compositeNames, type RuleCompositeName, ruleCompositeNames } from "./names.ts";
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

/**
 * Where a linear layer stands, which is what a composite chooses by.
 *
 * - `first`: a convolution or dense layer that sees the image, or the image after shape-only operations and
 *   arithmetic with constants
 * - `conv`, `dense`: any other
 * - `other`: sums of signals and averages, linear maps whose weights are all 1 (or 1/k)
 */
export type Role = "first" | "conv" | "dense" | "other";

/** A rule for some layers, which goes before that of their role. */
export interface LayerRule {
  readonly selects: (node: Node, role: Role) => boolean;
  readonly rule: Rule;
}

/** Which rule at which layer. */
export interface RuleComposite {
  readonly kind: "rules";
  readonly name: string;
  readonly rules: Readonly<Record<Role, Rule>>;
  /** The first that selects a layer has it; a layer that none selects gets the rule of its role. */
  readonly layers?: readonly LayerRule[];
  /**
   * Left out, maps are made as the definitions say. `authors-code` repeats what the SGLRP paper's published code does:
   * batch normalization is not folded and passes relevance on, the zbox rule holds only for a layer on the picture
   * itself, with one lowest and one highest pixel for all channels, and seeds are as coded (seeds/authors-code.ts).
   */
  readonly conventions?: "authors-code";
}

/**
 * A gradient at every layer, or what was made of it:
 *
 * - `derivative`: the gradient itself
 * - `deconvnet`: a rectifier hands back the positive part of what it gets, whatever its input (Zeiler and Fergus 2014)
 * - `guided`: that, and only where its input was positive (Springenberg et al. 2015)
 * - `rescale`: an activation hands back its difference quotient to a reference picture (DeepLIFT, Shrikumar et al. 2017)
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
    throw new UserError("usage", `There is no composite "${name}". There are: ${compositeNames.join(", ")}.`);
  }
  const composite = { kind: "rules", name: known, rules: table[known](parameters) } as const;
  return known === "authors-code" ? { ...composite, conventions: known } : composite;
}

/** The rule of a linear layer. */
export function ruleAt({ rules, layers = [] }: RuleComposite, node: Node, role: Role): Rule {
  return layers.find(({ selects }) => selects(node, role))?.rule ?? rules[role];
}
