import { type Fact, parseLabels, type SelfDescription } from "@onnx-lrp/pictures";
import { chooseLabels } from "@onnx-lrp/pictures/internal";
import { readBoundedText } from "./read-bounded.ts";

/**
 * The names of a network's classes as `chooseLabels` has them, from a file where `spec` is one.
 *
 * @param spec "imagenet", "none", a file for `loadLabels`, or undefined
 * @param description what the model says of itself
 * @throws UserError "usage" if the file cannot be used or has another number of names than `classes`
 */
export async function labelsFor(
  spec: string | undefined,
  classes: number,
  description: Pick<SelfDescription, "labels">,
): Promise<Fact<readonly string[]> | undefined> {
  const own = spec !== undefined && spec !== "none" && spec !== "imagenet";
  return chooseLabels(own ? { names: await loadLabels(spec), where: spec } : spec, classes, description);
}

/**
 * Reads class names from a file, whose formats `parseLabels` names.
 *
 * @throws UserError "usage" if the file cannot be read or holds something else
 */
export async function loadLabels(path: string): Promise<string[]> {
  const text = await readBoundedText(path, { what: "label file", limit: "textFileBytes", kind: "usage" });
  return parseLabels(text, path);
}
