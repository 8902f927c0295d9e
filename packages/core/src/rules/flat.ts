import { branch, type Rule, share } from "./rule.ts";

/** Every input that reaches an output gets the same share. Zero padding gets none. */
export const flat: Rule = {
  kind: "shares",
  name: "flat",
  title: "flat",
  branches: [branch([share({ kind: "one" }, { kind: "one" })])],
};
