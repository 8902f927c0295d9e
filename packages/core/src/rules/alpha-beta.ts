import type { BiasConvention } from "../names.ts";
import { biasUnder, branch, minus, plus, type Rule, share, titled } from "./rule.ts";

/**
 * LRP-alpha-beta: alpha times the shares of what raises the output, less beta times those of what lowers it;
 * no bias, unless a convention says so. alpha - beta = 1 conserves. Bach et al. 2015, Eq. 60.
 */
export function alphaBeta(alpha: number, beta: number, bias: BiasConvention = "none"): Rule {
  return {
    kind: "shares",
    name: "alpha-beta",
    title: titled(`alpha-beta(${alpha}, ${beta})`, bias),
    branches: [
      branch([share(plus, plus), share(minus, minus)], { factor: alpha, bias: biasUnder(bias, plus) }),
      branch([share(plus, minus), share(minus, plus)], { factor: -beta, bias: biasUnder(bias, minus) }),
    ],
  };
}
