import { all, branch, negativePart, positivePart, type Rule, share } from "./rule.ts";

/**
 * zB, for inputs that lie in a box: shares `x w - l w+ - h w-` with the lowest and highest pixel l and h, without
 * bias. Montavon et al. 2017; Eq. 2 of the SGLRP paper.
 */
export const zbox: Rule = {
  kind: "shares",
  name: "zbox",
  title: "zbox",
  branches: [
    branch([
      share(all, all),
      share({ kind: "low" }, positivePart, -1),
      share({ kind: "high" }, negativePart, -1),
    ]),
  ],
};
