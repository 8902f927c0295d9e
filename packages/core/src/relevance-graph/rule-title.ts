import type { RelevanceNode } from "./build.ts";

/** What a node does with relevance, in a word: the rule of a linear layer, otherwise what its operator does. */
export function ruleTitle({ rule, behaviour, propagation }: RelevanceNode): string {
  if (rule !== undefined) return rule.title;
  switch (behaviour.kind) {
    case "linear":
      return "gradient";
    case "pass":
      return propagation === "gradient" ? "gradient" : "pass";
    case "route":
      return behaviour.name;
    case "product":
      return propagation === "gradient" ? "gradient" : "to the signal";
  }
}
