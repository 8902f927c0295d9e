/** Detects the kind of a data set, and opens it. */
import { existsSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { DataSetKind } from "../names.ts";
import type { DataSet } from "../types.ts";
import type { Classes } from "./class-reader.ts";
import { looksLikeCoco, openCoco } from "./coco.ts";
import { openCsv } from "./csv.ts";
import { list, readJson, unreadable } from "./files.ts";
import { looksLikeFolders, openFolders } from "./folders.ts";
import { openJsonList } from "./json-list.ts";

/** How a data set is read. */
export interface DataSetOptions extends Classes {
  /** Detected from the files if left out. */
  readonly kind?: DataSetKind | undefined;
  /**
   * Whether each marked object of COCO's lists is an item, as detectors are evaluated, or a picture's class is that of the
   * largest area; default `largest`.
   */
  readonly objects?: "largest" | "each" | undefined;
}

const tables = new Set([".csv", ".tsv"]);
const lookedFor =
  "scenes.json, annotations.json, annotations.csv, labels.csv, annotations/instances_*.json, " +
  "folders named by a class, JPEGImages, a single JSON or CSV file, and pictures with XML";

/**
 * Lists the pictures of a data set with their classes and regions; no picture is decoded.
 *
 * @param path a folder, or the JSON or CSV file of a list
 * @throws UserError "usage" if it does not exist, is damaged, or has no class that the network knows
 */
export async function openDataSet(path: string, options: DataSetOptions): Promise<DataSet> {
  const absolute = resolve(path);
  const { kind, file } = await findKind(absolute, options);
  switch (kind) {
    case "folders":
      return openFolders(absolute, options);
    case "csv":
      return openCsv(file, options);
    case "coco":
    case "json":
    case "scenes": {
      const json = await readJson("data set", file);
      if (kind === "coco" || (options.kind === undefined && looksLikeCoco(json))) {
        return openCoco(file, json, options);
      }
      return openJsonList(file, json, options, kind);
    }
  }
}

interface DetectedKind {
  readonly kind: DataSetKind;
  /** The list, or for "folders" the folder. */
  readonly file: string;
}

async function findKind(path: string, options: DataSetOptions): Promise<DetectedKind> {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable("data set", path, cause);
  }
  if (!isFolder) return kindOfFile(path, options.kind);
  if (options.kind === "folders") return { kind: "folders", file: path };
  const listed = await listsIn(path);
  const fitting = listed.filter(({ kind }) => fits(kind, options.kind));
  const [first, second] = fitting.filter(({ named }) => named);
  if (first && second && first.rank === second.rank) throw several(path, fitting);
  if (first) return { ...first, kind: options.kind ?? first.kind };
  if (options.kind === undefined) {
    const subfolders = (await list(path)).filter((one) => one.isFolder).map(({ name }) => name);
    if (looksLikeFolders(path, subfolders, options)) return { kind: "folders", file: path };
  }
  const [only, another] = fitting;
  if (only && another) throw several(path, fitting);
  if (only) return { ...only, kind: options.kind ?? only.kind };
  if (options.kind === undefined) return { kind: "folders", file: path };
  throw new UserError(
    "usage",
    `There is no list of the kind "${options.kind}" in the folder "${path}"; looked for ${lookedFor}.`,
    { subject: { file: path }, remedies: [textRemedy("give the file itself")] },
  );
}

function kindOfFile(path: string, wanted: DataSetKind | undefined): DetectedKind {
  const extension = extname(path).toLowerCase();
  const found = tables.has(extension) ? "csv" : extension === ".json" ? "json" : undefined;
  const kind = wanted ?? (path.endsWith("scenes.json") ? "scenes" : found);
  if (kind !== undefined && kind !== "folders") return { kind, file: path };
  throw new UserError("usage", `The data set "${path}" is a file of an unknown kind.`, {
    subject: { file: path },
    remedies: [textRemedy("give a folder, or a list in JSON (COCO's or this program's own) or CSV")],
  });
}

/** Whether a JSON file is COCO's is known only when it is read. */
function fits(found: DataSetKind, wanted: DataSetKind | undefined): boolean {
  return wanted === undefined || found === wanted || (found === "json" && wanted !== "csv");
}

interface List extends DetectedKind {
  /** Whether its name marks it as the list of the data set. */
  readonly named: boolean;
  /** Two lists of the same rank are ambiguous. */
  readonly rank: number;
}

const names = ["scenes.json", "annotations.json", "annotations.csv", "labels.csv"];

async function listsIn(folder: string): Promise<List[]> {
  const here = (await list(folder)).filter(({ isFolder }) => !isFolder);
  const lists = here.flatMap(({ name }): List[] => {
    const extension = extname(name).toLowerCase();
    if (extension !== ".json" && !tables.has(extension)) return [];
    const rank = names.indexOf(name);
    const { kind, file } = kindOfFile(join(folder, name), undefined);
    return [{ kind, file, named: rank >= 0, rank: rank < 0 ? names.length + 1 : rank }];
  });
  const coco = join(folder, "annotations");
  const instances = existsSync(coco) && statSync(coco).isDirectory() ? await list(coco) : [];
  for (const { name } of instances) {
    if (!/^instances_.*\.json$/.test(name)) continue;
    lists.push({ kind: "coco", file: join(coco, name), named: true, rank: names.length });
  }
  return lists.sort((a, b) => a.rank - b.rank);
}

function several(folder: string, lists: readonly List[]): UserError {
  return new UserError(
    "usage",
    `The folder "${folder}" has several lists (${lists.map(({ file }) => `"${file}"`).join(", ")}).`,
    { subject: { file: folder }, remedies: [textRemedy("give one of these files")] },
  );
}
