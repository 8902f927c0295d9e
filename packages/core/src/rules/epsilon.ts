import { all, branch, type Rule, share } from "./rule.ts";

/**
 * LRP-epsilon: `x_i sum_j w_ij R_j / (z_j + eps sign(z_j))`, the bias in z_j. Bach et al. 2015, Eq. 58.
 */
export function epsilon(value: number): Rule {
  return {
    kind: "shares",
    name: "epsilon",
    title: `epsilon(${value})`,
    branches: [branch([share(all, all)], { bias: all, epsilon: value })],
  };
}
