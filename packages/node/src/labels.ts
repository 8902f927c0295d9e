import { readFile } from "node:fs/promises";
import { UserError } from "@onnx-lrp/onnx-loader";
import { imagenetClasses } from "./imagenet.ts";
import { readFailure } from "./read-failure.ts";

export { findClass } from "./find-class.ts";

/** The 1000 ImageNet classes, each "name, synonym, …", in the order that trained networks number them. */
export const imagenetLabels: readonly string[] = imagenetClasses.map(([, names]) => names);

/**
 * The names of a network's classes, in index order; undefined if there are none to be had.
 *
 * @param spec "imagenet", "none", a file for `loadLabels`, or undefined: `embedded` if it fits, else ImageNet's
 *   names if there are 1000 classes, or 1001 with "background" first
 * @param embedded names that the model itself carries
 * @throws UserError "usage" if the file cannot be used or has another number of names than `classes`
 */
export async function labelsFor(
  spec: string | undefined,
  classes: number,
  embedded?: readonly string[],
): Promise<readonly string[] | undefined> {
  if (spec === "none") return undefined;
  if (spec === undefined && embedded?.length === classes) return embedded;
  if (spec === undefined || spec === "imagenet") {
    if (classes === imagenetLabels.length) return imagenetLabels;
    if (classes === imagenetLabels.length + 1) return ["background", ...imagenetLabels];
    if (spec === undefined) return undefined;
    throw new UserError(
      "usage",
      `ImageNet has 1000 classes (1001 with a background), and the model has ${classes}; give its own label file.`,
    );
  }
  const labels = await loadLabels(spec);
  if (labels.length === classes) return labels;
  throw new UserError(
    "usage",
    `The label file "${spec}" has ${labels.length} names, and the model has ${classes} classes; give one name a class.`,
  );
}

/**
 * Reads class names: a text file of one name a line (a WordNet id before the name is dropped), a JSON array
 * of names, or a JSON object from index to name, or to `[wnid, name]`, also under "id2label".
 *
 * @throws UserError "usage" if the file cannot be read or holds something else
 */
export async function loadLabels(path: string): Promise<string[]> {
  let text: string;
  try {
    text = (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (cause) {
    throw new UserError("usage", readFailure("label file", path, cause), { cause });
  }
  if (/^\s*[[{]/.test(text)) return fromJson(text, path);
  const labels = text.split(/\r?\n/).map((line) => line.replace(/^n\d{8}\s+/, "").trim());
  while (labels.at(-1) === "") labels.pop();
  if (labels.length > 0) return labels;
  throw new UserError("usage", `The label file "${path}" is empty; write one class name a line.`);
}

function fromJson(text: string, path: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("usage", `The JSON of the label file "${path}" cannot be read: ${reason}.`, {
      cause,
    });
  }
  const table = isRecord(json) && isRecord(json.id2label) ? json.id2label : json;
  const entries = isRecord(table) ? Object.entries(table) : Object.entries(Object(table));
  const labels = new Array<string | undefined>(entries.length).fill(undefined);
  for (const [index, value] of entries) {
    const name = Array.isArray(value) ? value.at(-1) : value;
    if (typeof name === "string" && /^\d+$/.test(index)) labels[Number(index)] = name;
  }
  const complete = labels.filter((label) => label !== undefined);
  if (complete.length === labels.length && labels.length > 0) return complete;
  throw new UserError(
    "usage",
    `The label file "${path}" must be a JSON array of names, or an object from every index 0, 1, … to its name.`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
