import type { Source } from "@onnx-lrp/pictures";
import { fileName } from "./file-name.ts";

/** Where a fact about a network comes from, in a few words for a figure. */
export function sourceMark({ from, name }: Source): string {
  return {
    option: "as given",
    model: "from the model",
    file: `from ${fileName(name)}`,
    graph: "from the graph",
    guess: "guessed",
  }[from];
}
