import type { BiasConvention } from "../names.ts";

/** Parameters of rules that hold for a whole run, wherever a composite or a rules file names none of its own. */
export interface RuleParameters {
  /** The stabilizer of the epsilon rule. */
  readonly epsilon: number;
  /** The gamma rule's g. */
  readonly gamma: number;
  /** The same at the first layer of the composite `transformer`; default 100. */
  readonly gammaFirst?: number | undefined;
  /** The same at its dense layers; default 0.05. */
  readonly gammaDense?: number | undefined;
  /** Of the zplus and alpha-beta rules. */
  readonly bias: BiasConvention;
}

/** The parameters of rules where none are given. */
export const defaultParameters: RuleParameters = { epsilon: 1e-6, gamma: 0.25, bias: "none" };
