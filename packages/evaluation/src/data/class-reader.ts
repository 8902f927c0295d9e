/**
 * Which class of the network a data set means: by index, by wnid (ImageNet's name of a WordNet synset, such as n02165105) or
 * by name.
 *
 * Names must be the same but for letter case and underscores: a whole label, or one of the names of a label "name, synonym,
 * …". Parts of a name do not match, and a name that two classes share ("crane") matches neither.
 */

import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { imagenetClasses } from "@onnx-lrp/pictures/internal";

export interface Classes {
  /** The network's class names in its own order, if they are known. */
  readonly labels: readonly string[] | undefined;
  /** How many classes the network has. */
  readonly classes: number;
  /** The wnid of each class in the network's order; for ImageNet's classes they are found without. */
  readonly wnids?: readonly string[] | undefined;
  /** Whether a list may name files outside of its folder; default false. */
  readonly allowOutside?: boolean | undefined;
}

export interface ClassReader {
  readonly labels: readonly string[] | undefined;
  readonly classes: number;
  /** The class that `text` means, an index in digits, a wnid or a name. */
  find(text: string): number | undefined;
  /** Whether most of the network's classes have a wnid, so that a wnid that is not found means that the network lacks the class. */
  readonly knowsWnids: boolean;
}

const wnidPattern = /^n\d{8}$/;

/**
 * @param synsets names "name, synonym, …" by wnid, for networks with other classes than ImageNet's 1000
 * @throws UserError "usage" if `labels` or `wnids` has another length than `classes`
 */
export function createClassReader(
  { labels, classes, wnids }: Classes,
  synsets: ReadonlyMap<string, string> = new Map(),
): ClassReader {
  for (const [list, what] of [
    [labels, "class names"],
    [wnids, "wnids"],
  ] as const) {
    if (list === undefined || list.length === classes) continue;
    throw new UserError(
      "usage",
      `There are ${list.length} ${what}, but the network has ${classes} classes.`,
      { remedies: [textRemedy("give one per class")] },
    );
  }
  const names = createNameTable(labels ?? []);
  const table = wnids
    ? new Map(wnids.map((wnid, index) => [wnid.trim().toLowerCase(), index]))
    : wnidTable(labels, classes, names, synsets);
  return {
    labels,
    classes,
    knowsWnids: 2 * table.size >= classes,
    find(text) {
      const wanted = fold(text);
      if (/^\d+$/.test(wanted)) return Number(wanted) < classes ? Number(wanted) : undefined;
      return (wnidPattern.test(wanted) ? table.get(wanted) : undefined) ?? names.find(wanted);
    },
  };
}

interface NameTable {
  find(folded: string): number | undefined;
}

function createNameTable(labels: readonly string[]): NameTable {
  const whole = uniqueKeys(labels.map((label) => [fold(label)]));
  const single = uniqueKeys(labels.map(namesOf));
  return {
    find: (folded) => whole.get(folded) ?? (whole.has(folded) ? undefined : single.get(folded)),
  };
}

/** The index of the only list that holds a key; undefined for a key in several lists. */
function uniqueKeys(lists: readonly (readonly string[])[]): Map<string, number | undefined> {
  const found = new Map<string, number | undefined>();
  lists.forEach((list, index) => {
    for (const key of new Set(list)) found.set(key, found.has(key) ? undefined : index);
  });
  return found;
}

/**
 * ImageNet's wnids in sorted order are its classes. A network's labels may have another order (Darknet's have): a label that
 * shares no name with the class at its place is looked for by name.
 */
function wnidTable(
  labels: readonly string[] | undefined,
  classes: number,
  names: NameTable,
  synsets: ReadonlyMap<string, string>,
): Map<string, number> {
  const table = new Map<string, number>();
  const count = imagenetClasses.length;
  const offset = classes === count + 1 ? 1 : 0;
  imagenetClasses.forEach(([wnid, synonyms], place) => {
    const index = place + offset;
    if (labels === undefined) {
      if (classes === count + offset) table.set(wnid, index);
      return;
    }
    const wanted = namesOf(synonyms);
    const there = namesOf(labels[index] ?? "").some((name) => wanted.includes(name));
    const found = there ? index : findAny(synonyms, names);
    if (found !== undefined) table.set(wnid, found);
  });
  for (const [wnid, synonyms] of synsets) {
    const found = table.has(wnid) ? undefined : findAny(synonyms, names);
    if (found !== undefined) table.set(wnid, found);
  }
  return table;
}

/** The class of the first name that has one: synonyms come in the order of their use, and a later one may be another's first. */
function findAny(synonyms: string, names: NameTable): number | undefined {
  for (const name of [fold(synonyms), ...namesOf(synonyms)]) {
    const found = names.find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesOf(label: string): string[] {
  return label
    .split(",")
    .map(fold)
    .filter((name) => name !== "");
}

function fold(text: string): string {
  return text.normalize("NFC").replaceAll("_", " ").trim().replace(/\s+/g, " ").toLowerCase();
}
