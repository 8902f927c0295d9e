import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { imagenetClasses } from "./imagenet.ts";

/** The 1000 ImageNet classes, each "name, synonym, …", in the order that trained networks number them. */
export const imagenetLabels: readonly string[] = imagenetClasses.map(([, names]) => names);

/** Names that were read from a file. */
export interface OwnLabels {
  readonly names: readonly string[];
  /** The file's path, for errors. */
  readonly where: string;
}

/**
 * The names of a network's classes, in index order; undefined if there are none to be had.
 *
 * @param choice "imagenet", "none", names of one's own, or undefined: `embedded` if it fits, else ImageNet's
 *   names if there are 1000 classes, or 1001 with "background" first
 * @param embedded names that the model itself carries
 * @throws UserError "usage" if there are more or fewer names than `classes`
 */
export function chooseLabels(
  choice: "imagenet" | "none" | OwnLabels | undefined,
  classes: number,
  embedded?: readonly string[],
): readonly string[] | undefined {
  if (choice === "none") return undefined;
  if (choice === undefined && embedded?.length === classes) return embedded;
  if (choice === undefined || choice === "imagenet") {
    if (classes === imagenetLabels.length) return imagenetLabels;
    if (classes === imagenetLabels.length + 1) return ["background", ...imagenetLabels];
    if (choice === undefined) return undefined;
    throw new UserError(
      "usage",
      `ImageNet has 1000 classes (1001 with a background), and the model has ${classes}.`,
      {
        subject: { option: "labels" },
        remedies: [textRemedy("give a label file of the model's own classes")],
      },
    );
  }
  const { names, where } = choice;
  if (names.length === classes) return names;
  throw new UserError(
    "usage",
    `The label file "${where}" has ${names.length} names, and the model has ${classes} classes.`,
    { subject: { file: where, option: "labels" }, remedies: [textRemedy("give one name per class")] },
  );
}

/**
 * Class names from a text of one name a line (a WordNet id before the name is dropped), a JSON array of names, or a JSON
 * object from index to name, or to `[wnid, name]`, also under "id2label".
 *
 * @param where the file's path, for errors
 * @throws UserError "usage" if the text holds something else
 */
export function parseLabels(text: string, where: string): string[] {
  const plain = text.replace(/^\uFEFF/, "");
  if (/^\s*[[{]/.test(plain)) return fromJson(plain, where);
  const labels = plain.split(/\r?\n/).map((line) => line.replace(/^n\d{8}\s+/, "").trim());
  while (labels.at(-1) === "") labels.pop();
  if (labels.length > 0) return labels;
  throw new UserError("usage", `The label file "${where}" is empty.`, {
    subject: { file: where },
    remedies: [textRemedy("write one class name per line")],
  });
}

/** The class names that a model's metadata hold, if they do. */
export function embeddedLabels(metadata: Readonly<Record<string, string>>): string[] | undefined {
  const text = metadata["onnx-lrp.labels"];
  if (text === undefined) return undefined;
  try {
    const labels: unknown = JSON.parse(text);
    return Array.isArray(labels) && labels.every((label) => typeof label === "string") ? labels : undefined;
  } catch {
    return undefined;
  }
}

function fromJson(text: string, path: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("usage", `The JSON of the label file "${path}" cannot be read: ${reason}.`, {
      subject: { file: path },
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
    { subject: { file: path } },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
