/** Names of outputs that onnxruntime cannot be asked for. */
import { textRemedy, UserError } from "./error.ts";
import type { Graph } from "./model.ts";

/**
 * Its interface for JavaScript looks up by their names, in plain objects, which outputs are wanted: it finds `toString` whether it
 * is or not, and `__proto__` never.
 *
 * @throws UserError `unsupported` naming the output
 */
export function checkOutputNames({ outputs }: Pick<Graph, "outputs">): void {
  const found = outputs.find(({ name }) => name in Object.prototype);
  if (found === undefined) return;
  throw new UserError(
    "unsupported",
    `The output "${found.name}" has a name that every object of JavaScript knows, and onnxruntime cannot be asked for it.`,
    { subject: { value: found.name }, remedies: [textRemedy("give it another name in the file")] },
  );
}
