import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { distance } from "fastest-levenshtein";
import { imagenetClasses } from "./imagenet.ts";

/**
 * The index of the class that `query` means: an index in digits, a whole label, one name of a label
 * "name, synonym, …", an ImageNet id (n02391049), or a part of one label only; letter case is ignored.
 *
 * @param labels the classes' names in index order, if known
 * @throws UserError "usage" offering the nearest or the several matching classes
 */
export function findClass(query: string, labels: readonly string[] | undefined, classes: number): number {
  const found = findClasses(query, labels, classes);
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  throw new UserError("usage", `"${query}" may be ${listed(found, labels ?? [], 6, " or ")}.`, {
    subject: { option: "target" },
    remedies: [textRemedy("give the whole name or the index")],
  });
}

/**
 * As `findClass`, but of a name that fits several classes all of them, in order.
 *
 * @returns at least one index
 * @throws UserError "usage" offering the nearest for a name that fits none
 */
export function findClasses(
  query: string,
  labels: readonly string[] | undefined,
  classes: number,
): readonly number[] {
  const wanted = fold(query);
  if (/^\d+$/.test(wanted)) {
    const index = Number(wanted);
    if (index < classes) return [index];
    throw new UserError("usage", `There is no class ${wanted}; the model has classes 0 to ${classes - 1}.`, {
      subject: { option: "target" },
    });
  }
  if (!labels) {
    throw new UserError(
      "usage",
      `There is no class "${query}", since the names of the classes are unknown.`,
      {
        subject: { option: "target" },
        remedies: [
          textRemedy(`give an index from 0 to ${classes - 1}`),
          { kind: "option", option: "labels", note: "a file of class names" },
        ],
      },
    );
  }

  const whole = labels.map(fold);
  const names = whole.map((label) => [label, ...label.split(",").map((name) => name.trim())]);
  const ways: ((index: number) => boolean)[] = [
    (index) => whole[index] === wanted,
    (index) => names[index]?.includes(wanted) ?? false,
    (index) => hasWnid(wanted, labels[index]),
    (index) => wanted !== "" && (whole[index]?.includes(wanted) ?? false),
  ];
  for (const way of ways) {
    const found = [...labels.keys()].filter(way);
    if (found.length > 0) return found;
  }
  const nearest = names
    .map((list, index) => ({ index, far: Math.min(...list.map((name) => distance(wanted, name))) }))
    .sort((a, b) => a.far - b.far)
    .map(({ index }) => index);
  throw new UserError(
    "usage",
    `There is no class "${query}"; the nearest are: ${listed(nearest.slice(0, 3), labels, 3, ", ")}.`,
    { subject: { option: "target" } },
  );
}

function hasWnid(wnid: string, label: string | undefined): boolean {
  return /^n\d{8}$/.test(wnid) && imagenetClasses.some(([id, names]) => id === wnid && names === label);
}

function listed(
  indices: readonly number[],
  labels: readonly string[],
  most: number,
  between: string,
): string {
  const some = indices.slice(0, most).map((index) => `${labels[index]?.split(",")[0]} (${index})`);
  const more = indices.length - some.length;
  return more > 0 ? `${some.join(", ")} or ${more} more` : some.join(between);
}

function fold(text: string): string {
  return text.normalize("NFC").trim().toLowerCase();
}
