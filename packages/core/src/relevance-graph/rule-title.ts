import type { RelevanceNode } from "./node.ts";

/** What a node does with relevance, in a word: the rule of a linear layer, otherwise what its operator does. */
export function ruleTitle({ rule, behaviour, propagation, edges }: RelevanceNode): string {
  if (rule !== undefined) return rule.title;
  switch (behaviour.kind) {
    case "linear":
    case "bilinear":
      return "gradient";
    case "softmax":
      return propagation === "gradient" ? "gradient" : "none: weights are constants";
    case "pass":
      return propagation === "gradient" ? "gradient" : "pass";
    case "route":
      return behaviour.name;
    case "product":
      if (propagation === "gradient") return "gradient";
      return edges.length === 2 ? "half to each" : "to the signal";
  }
}
