/** Where a fact about a network comes from, in words. */
import type { Source } from "@onnx-lrp/pictures";

/** @param option the option that overrides it, for what is inferred or guessed */
export function sourceText({ from, name }: Source, option: string): string {
  switch (from) {
    case "option":
      return "as given";
    case "model":
      return name.startsWith("onnx-lrp.") ? "as the model says" : `as the model says (${name})`;
    case "file":
      return `as ${name} says`;
    case "graph":
      return `from ${name}; ${option} overrides it`;
    case "guess":
      return `a guess from ${name}; ${option} overrides it`;
  }
}
