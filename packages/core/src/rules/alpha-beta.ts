import type { BiasConvention } from "../names.ts";
import { biasUnder, branch, negativePart, positivePart, type Rule, share, titled } from "./rule.ts";

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
      branch([share(positivePart, positivePart), share(negativePart, negativePart)], {
        factor: alpha,
        bias: biasUnder(bias, positivePart),
      }),
      branch([share(positivePart, negativePart), share(negativePart, positivePart)], {
        factor: -beta,
        bias: biasUnder(bias, negativePart),
      }),
    ],
  };
}
