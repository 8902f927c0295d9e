import type { Source } from "@onnx-lrp/pictures";

/** Where a fact about a network comes from, in a few words for a figure. */
export function sourceMark({ from, name }: Source): string {
  const file = name.split(/[\\/]/).at(-1) ?? name;
  return {
    option: "as given",
    model: "from the model",
    file: `from ${file}`,
    graph: "from the graph",
    guess: "guessed",
  }[from];
}
