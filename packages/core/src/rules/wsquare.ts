import { branch, type Rule, share } from "./rule.ts";

/** w²: shares by the squared weights, whatever the inputs. Zero padding gets none. Montavon et al. 2017. */
export const wsquare: Rule = {
  kind: "shares",
  name: "wsquare",
  title: "wsquare",
  branches: [branch([share({ kind: "one" }, { kind: "square" })])],
};
