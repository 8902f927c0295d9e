/** Turns the entries of a file or folder into the items of a data set. */
import { basename, dirname } from "node:path";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Box, DataSet, Item, Region } from "../types.ts";

/** A picture, or one of several statements about it. */
export interface Entry {
  /** Its path within the data set, with "/" between folders. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly label: number;
  readonly region: Region;
  /** Of several objects in a picture, which each are an item, its number; undefined where those of a class are one item. */
  readonly object?: number | undefined;
}

/** Counts what is left out, by reason, with examples. */
interface Tally {
  /** @param of an example of what the reason is about, such as the unknown class */
  add(reason: string, picture: string, of?: string): void;
  /** "<reason>: 3 pictures (of a, b)." for every reason. */
  sentences(): string[];
}

export function createTally(): Tally {
  const reasons = new Map<string, { pictures: Set<string>; examples: Set<string> }>();
  return {
    add(reason, picture, of) {
      const entry = reasons.get(reason) ?? { pictures: new Set(), examples: new Set() };
      reasons.set(reason, entry);
      entry.pictures.add(picture);
      if (of !== undefined) entry.examples.add(of);
    },
    sentences: () =>
      [...reasons].map(([reason, { pictures, examples }]) => {
        const more = examples.size > 5 ? [`${examples.size - 5} more`] : [];
        const shown = [...[...examples].slice(0, 5), ...more].join(", ");
        const number = `${pictures.size} picture${pictures.size === 1 ? "" : "s"}`;
        return `${reason}: ${number}${shown === "" ? "" : ` (${shown})`}.`;
      }),
  };
}

/** The reason under which pictures are left out whose class is not the network's. */
export const unknownClass = "Left out because the network does not know the class";

/**
 * Joins the entries of the same picture and class, uniting their boxes. A picture with several classes gives an item for
 * each, with the id "path#class", and one whose objects are items of their own "path#class.object".
 *
 * @param source file or folder, for errors
 * @throws UserError "usage" if there is no entry, or one picture and class has two masks
 */
export function dataSetOf(
  name: string,
  source: string,
  entries: readonly Entry[],
  tally: Tally,
  notes: readonly string[] = [],
): DataSet {
  const left = tally.sentences();
  if (entries.length === 0) {
    throw new UserError(
      "usage",
      `No picture of "${source}" can be used. ${left.length > 0 ? left.join(" ") : "It lists none."} Labels may be indices, wnids or names of the network's classes.`,
      { subject: { file: source } },
    );
  }
  const partsOf = new Map<string, Set<string>>();
  const merged = new Map<string, { readonly first: Entry; readonly regions: Region[] }>();
  for (const entry of entries) {
    const parts = partsOf.get(entry.file) ?? new Set();
    const key = `${entry.file}#${entry.label}${entry.object === undefined ? "" : `.${entry.object}`}`;
    partsOf.set(entry.file, parts.add(key));
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { first: entry, regions: [entry.region] });
    else known.regions.push(entry.region);
  }
  const items = [...merged].map(([key, { first, regions }]): Item => {
    const { file, path, label } = first;
    const id = (partsOf.get(file)?.size ?? 0) > 1 ? key : file;
    return { id, path, label, region: united(file, regions, source) };
  });
  return { name, items, notes: [...notes, ...left] };
}

/** All boxes, or the only mask. */
function united(file: string, regions: readonly Region[], source: string): Region {
  const masks = regions.filter(({ kind }) => kind === "mask-file");
  const boxes = regions.flatMap((region) => (region.kind === "boxes" ? region.boxes : []));
  const [mask] = masks;
  if (mask === undefined) return boxesRegion(boxes);
  if (masks.length === 1 && boxes.length === 0) return mask;
  throw new UserError("usage", `In "${source}" the picture "${file}" has two masks for the same class.`, {
    subject: { file: source },
    remedies: [textRemedy("give one mask per picture and class")],
  });
}

export function boxesRegion(boxes: readonly Box[]): Region {
  return boxes.length > 0 ? { kind: "boxes", boxes } : { kind: "none" };
}

/** A data set has the name of its folder, or of its folder and file if a file was given. */
export function nameOf(path: string, isFile: boolean): string {
  return isFile ? `${basename(dirname(path))}/${basename(path)}` : basename(path);
}
