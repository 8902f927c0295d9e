import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { imagenetClasses } from "./imagenet.ts";
import { cleanLabel, labelsByIndex } from "./label-table.ts";

/** The 1000 ImageNet classes, each "name, synonym, …", in the order that trained networks number them. */
export const imagenetLabels: readonly string[] = imagenetClasses.map(([, names]) => names);

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
  const labels = plain.split(/\r?\n/).map((line) => cleanLabel(line.replace(/^n\d{8}\s+/, "")));
  while (labels.at(-1) === "") labels.pop();
  if (labels.length > 0) return labels;
  throw new UserError("usage", `The label file "${where}" is empty.`, {
    subject: { file: where },
    remedies: [textRemedy("write one class name per line")],
  });
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
  const named = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);
  const pairs = Object.entries(Object(table)).map(([index, value]) => [index, named(value)] as const);
  const labels = labelsByIndex(pairs);
  if (labels !== undefined) return labels;
  throw new UserError(
    "usage",
    `The label file "${path}" must be a JSON array of names, or an object from every index 0, 1, … to its name.`,
    { subject: { file: path } },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
