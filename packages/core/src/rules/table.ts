/**
 * Every rule by name, with the parameters that a rules file may give it. An entry here is all that rules files and their
 * JSON schema need of a rule; composites.ts says where the composites use it.
 */
import type { BiasConvention, RuleName } from "../names.ts";
import { alphaBeta } from "./alpha-beta.ts";
import { epsilon } from "./epsilon.ts";
import { excitation } from "./excitation.ts";
import { flat } from "./flat.ts";
import { gamma } from "./gamma.ts";
import type { RuleParameters } from "./parameters.ts";
import { gradientRule, passRule, type Rule } from "./rule.ts";
import { uniform } from "./uniform.ts";
import { wsquare } from "./wsquare.ts";
import { zbox } from "./zbox.ts";
import { zplusWith } from "./zplus.ts";

/** A number that is not negative, or a bias convention. */
export type ParameterType =
  | { readonly kind: "number"; readonly required: boolean; readonly description: string }
  | { readonly kind: "bias"; readonly required: false };

type ValueOf<Type extends ParameterType> = Type extends { readonly kind: "number" } ? number : BiasConvention;

/** The values of parameters; what is not required may be left out. */
type Values<Types extends Readonly<Record<string, ParameterType>>> = {
  readonly [Name in keyof Types as Types[Name]["required"] extends true ? Name : never]: ValueOf<Types[Name]>;
} & {
  readonly [Name in keyof Types as Types[Name]["required"] extends true ? never : Name]?:
    | ValueOf<Types[Name]>
    | undefined;
};

interface RuleEntry<Types extends Readonly<Record<string, ParameterType>>> {
  readonly parameters: Types;
  /** @param run for what `given` leaves out */
  readonly create: (given: Values<Types>, run: RuleParameters) => Rule;
}

function entry<const Types extends Readonly<Record<string, ParameterType>>>(
  parameters: Types,
  create: RuleEntry<Types>["create"],
): RuleEntry<Types> {
  return { parameters, create };
}

const fixed = (rule: Rule) => entry({}, () => rule);
const bias = { kind: "bias", required: false } as const;

export const ruleTable = {
  epsilon: entry(
    { epsilon: { kind: "number", required: false, description: "The stabilizer" } },
    (given, run) => epsilon(given.epsilon ?? run.epsilon),
  ),
  zplus: entry({ bias }, (given, run) => zplusWith(given.bias ?? run.bias)),
  "alpha-beta": entry(
    {
      alpha: {
        kind: "number",
        required: true,
        description: "The factor of what raises a layer's output",
      },
      beta: {
        kind: "number",
        required: true,
        description: "The factor of what lowers it; alpha - beta = 1 conserves relevance",
      },
      bias,
    },
    (given, run) => alphaBeta(given.alpha, given.beta, given.bias ?? run.bias),
  ),
  gamma: entry(
    {
      gamma: {
        kind: "number",
        required: false,
        description: "By how much the helpful weights are favoured",
      },
    },
    (given, run) => gamma(given.gamma ?? run.gamma),
  ),
  zbox: fixed(zbox),
  wsquare: fixed(wsquare),
  flat: fixed(flat),
  excitation: fixed(excitation),
  gradient: fixed(gradientRule),
  pass: fixed(passRule),
  uniform: entry(
    { epsilon: { kind: "number", required: false, description: "The stabilizer" } },
    (given, run) => uniform(given.epsilon ?? run.epsilon),
  ),
} as const satisfies Readonly<
  Record<RuleName, { parameters: Readonly<Record<string, ParameterType>>; create: unknown }>
>;

/** A rule by name, with its parameters; what is left out is as the run has it. */
export type RuleSpec = {
  [Name in RuleName]: { readonly kind: Name } & Parameters<(typeof ruleTable)[Name]["create"]>[0];
}[RuleName];

/** @param run for what the specification leaves out */
export function ruleOf(spec: RuleSpec, run: RuleParameters): Rule {
  const create: (given: never, run: RuleParameters) => Rule = ruleTable[spec.kind].create;
  return create(spec as never, run);
}
