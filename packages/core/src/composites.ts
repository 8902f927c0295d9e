import { UserError } from "@onnx-lrp/onnx-loader";
import { type CompositeName, compositeNames } from "./names.ts";
import { alphaBeta, epsilon, flat, gamma, type Rule, zbox, zplus } from "./rules/index.ts";

/**
 * Where a linear layer stands, which is what a composite chooses by.
 *
 * - `first`: a convolution or dense layer that sees the image, or the image after shape-only operations and
 *   arithmetic with constants
 * - `conv`, `dense`: any other
 * - `other`: sums of signals and averages, linear maps whose weights are all 1 (or 1/k)
 */
export type Role = "first" | "conv" | "dense" | "other";

/** Which rule at which layer, or the plain gradient at every layer. */
export type Composite =
  | { readonly kind: "rules"; readonly name: string; readonly rules: Readonly<Record<Role, Rule>> }
  | { readonly kind: "gradient"; readonly name: string };

export interface RuleParameters {
  /** The stabilizer of the epsilon rule. */
  readonly epsilon: number;
  /** The gamma rule's g. */
  readonly gamma: number;
}

export const defaultParameters: RuleParameters = { epsilon: 1e-6, gamma: 0.25 };

function everywhere(rule: Rule): Record<Role, Rule> {
  return { first: rule, conv: rule, dense: rule, other: rule };
}

const table = {
  "zplus-box": () => ({ ...everywhere(zplus), first: zbox }),
  zplus: () => everywhere(zplus),
  epsilon: (p: RuleParameters) => everywhere(epsilon(p.epsilon)),
  "epsilon-plus": (p: RuleParameters) => ({ ...everywhere(epsilon(p.epsilon)), first: zplus, conv: zplus }),
  "epsilon-plus-flat": (p: RuleParameters) => ({
    ...everywhere(epsilon(p.epsilon)),
    first: flat,
    conv: zplus,
  }),
  "epsilon-alpha2-beta1": (p: RuleParameters) => ({
    ...everywhere(epsilon(p.epsilon)),
    first: alphaBeta(2, 1),
    conv: alphaBeta(2, 1),
  }),
  "epsilon-gamma-box": (p: RuleParameters) => ({
    ...everywhere(epsilon(p.epsilon)),
    first: zbox,
    conv: gamma(p.gamma),
  }),
} as const satisfies Record<CompositeName, (p: RuleParameters) => Readonly<Record<Role, Rule>>>;

export const gradientComposite: Composite = { kind: "gradient", name: "gradient" };

/** @throws UserError `usage` for a name that is none */
export function compositeByName(name: string, parameters: RuleParameters = defaultParameters): Composite {
  if (name === "gradient") return gradientComposite;
  if (!Object.hasOwn(table, name)) {
    throw new UserError("usage", `There is no composite "${name}". There are: ${compositeNames.join(", ")}.`);
  }
  return { kind: "rules", name, rules: table[name as CompositeName](parameters) };
}
