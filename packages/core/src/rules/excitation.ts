import { branch, positivePart, type Rule, share } from "./rule.ts";

/**
 * Excitation backpropagation: shares by `x+ w+` alone, the chance that a neuron wins being in proportion to its activation
 * times the excitatory weight. Zhang et al. 2016, Eq. 4 to 6. What is negative in the input takes no part.
 */
export const excitation: Rule = {
  kind: "shares",
  name: "excitation",
  title: "excitation",
  branches: [branch([share(positivePart, positivePart)])],
};
