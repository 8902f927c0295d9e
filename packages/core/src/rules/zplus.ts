import type { BiasConvention } from "../names.ts";
import { biasUnder, branch, negativePart, positivePart, type Rule, share, titled } from "./rule.ts";

/**
 * z+: `x+ w+` and `x- w-`, the contributions that raise the output, over their sum; the bias as the convention says.
 * Eq. 1 of the SGLRP paper; for inputs of either sign as zennit has it. Bach et al. 2015 (alpha 1, beta 0).
 */
export function zplusWith(bias: BiasConvention): Rule {
  return {
    kind: "shares",
    name: "zplus",
    title: titled("zplus", bias),
    branches: [
      branch([share(positivePart, positivePart), share(negativePart, negativePart)], {
        bias: biasUnder(bias, positivePart),
      }),
    ],
  };
}

/** z+ without bias, which conserves. */
export const zplus = zplusWith("none");
