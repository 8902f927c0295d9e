import { branch, minus, plus, type Rule, share } from "./rule.ts";

/**
 * LRP-alpha-beta: alpha times the shares of what raises the output, less beta times those of what lowers it;
 * no bias. alpha - beta = 1 conserves. Bach et al. 2015, Eq. 60.
 */
export function alphaBeta(alpha: number, beta: number): Rule {
  return {
    name: "alpha-beta",
    title: `alpha-beta(${alpha}, ${beta})`,
    branches: [
      branch([share(plus, plus), share(minus, minus)], { factor: alpha }),
      branch([share(plus, minus), share(minus, plus)], { factor: -beta }),
    ],
  };
}
