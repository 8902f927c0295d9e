import { readFile } from "node:fs/promises";

import { chooseLabels, type Fact, parseLabels, type SelfDescription } from "@onnx-lrp/pictures";
import { readError } from "./read-error.ts";

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
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw readError("usage", "label file", path, cause);
  }
  return parseLabels(text, path);
}
