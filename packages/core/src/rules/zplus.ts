import { branch, minus, plus, type Rule, share } from "./rule.ts";

/**
 * z+: only what raises the output gets a share, `x+ w+` and `x- w-`, without bias. Montavon et al. 2017
 * (deep Taylor decomposition), Eq. 1 of the SGLRP paper for inputs that are not negative.
 */
export const zplus: Rule = {
  name: "zplus",
  title: "zplus",
  branches: [branch([share(plus, plus), share(minus, minus)])],
};
