import { alphaBeta, epsilon, excitation, flat, gamma, type Rule, wsquare, zbox, zplus } from "./rules.ts";

export type Role = "first" | "conv" | "dense" | "other";
export type Composite = Readonly<Record<Role, Rule>>;

const eps = epsilon(1e-6);
const everywhere = (rule: Rule): Composite => ({ first: rule, conv: rule, dense: rule, other: rule });

const rules = {
  epsilon: eps,
  "epsilon 0.25": epsilon(0.25),
  zplus,
  "alpha-beta": alphaBeta(2, 1),
  gamma: gamma(0.25),
  zbox,
  wsquare,
  flat,
  excitation,
} as const;

export type RuleName = keyof typeof rules;

/** The table of the specification. */
export const composites = {
  "zplus-box": { ...everywhere(zplus), first: zbox },
  zplus: everywhere(zplus),
  epsilon: everywhere(eps),
  "epsilon-plus": { first: zplus, conv: zplus, dense: eps, other: eps },
  "epsilon-plus-flat": { first: flat, conv: zplus, dense: eps, other: eps },
  "epsilon-alpha2-beta1": { first: alphaBeta(2, 1), conv: alphaBeta(2, 1), dense: eps, other: eps },
  excitation: { ...everywhere(excitation), first: zplus },
  "epsilon-gamma-box": { first: zbox, conv: gamma(0.25), dense: eps, other: eps },
} as const satisfies Record<string, Composite>;

/** Those that the oracle has; what authors-code computes is no table of rules alone. */
export type OracleComposite = keyof typeof composites;
export const oracleComposites = Object.keys(composites) as OracleComposite[];

export const ruleEverywhere = (name: RuleName): Composite => everywhere(rules[name]);
