/**
 * A table of pictures, one row per picture or per box; separated by commas, semicolons or tabs, with a header.
 *
 * Columns, by any of their names, ignoring case; other columns are ignored:
 * - picture: image, file, path, filename, file_name, picture, image_path; relative to the table's folder
 * - label: label, class, class_name, category, target, wnid, synset; an index, a name or a wnid
 * - box, may be missing or empty: xmin ymin xmax ymax, x_min y_min x_max y_max, left top right bottom, x0 y0 x1 y1, or
 *   x1 y1 x2 y2; in pixels of the picture from 0, the far edges exclusive
 * - mask, may be missing or empty: a grey picture of the same size, not black where the object is; goes before boxes
 */
import { dirname, join } from "node:path";
import { anyOf, textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { parse } from "csv-parse/sync";
import type { Box, DataSet, Region } from "../types.ts";
import { type Classes, createClassReader } from "./class-reader.ts";
import { folderOf, namedWithin, readText, resolverOf } from "./files.ts";
import { boxesRegion, createTally, dataSetOf, type Entry, nameOf, unknownClass } from "./listing.ts";
import { readSynsetsNear } from "./synsets.ts";

const pictureColumns = ["image", "file", "path", "filename", "file_name", "picture", "image_path"];
const labelColumns = ["label", "class", "class_name", "category", "target", "wnid", "synset"];
const boxColumns = [
  ["xmin", "ymin", "xmax", "ymax"],
  ["x_min", "y_min", "x_max", "y_max"],
  ["left", "top", "right", "bottom"],
  ["x0", "y0", "x1", "y1"],
  ["x1", "y1", "x2", "y2"],
] as const;

type Row = Readonly<Record<string, string>>;

/** @throws UserError "usage" naming the row and the column that is wrong */
export async function openCsv(path: string, classes: Classes): Promise<DataSet> {
  const { header, rows } = parseTable(path, await readText("table", path));
  const column = (names: readonly string[], what: string): string => {
    const found = names.find((name) => header.includes(name));
    if (found !== undefined) return found;
    throw new UserError(
      "usage",
      `The header of "${path}" (${header.join(", ")}) has no column for ${what}.`,
      { subject: { file: path }, remedies: [textRemedy(`call one of them ${anyOf(names)}`)] },
    );
  };
  const picture = column(pictureColumns, "the picture");
  const labelled = column(labelColumns, "the label");
  const edges = boxColumns.find((names) => names.every((name) => header.includes(name)));

  const home = dirname(path);
  const fileAt = (row: Row, index: number) => row[picture] || missing(path, index, picture);
  const files = rows.map(fileAt);
  const folder = folderOf(files, [home, join(home, "images"), dirname(home)], path);
  const place = resolverOf(path, folder, classes);
  const synsets = classes.labels && !classes.wnids ? await readSynsetsNear(home) : undefined;
  const reader = createClassReader(classes, synsets);
  const tally = createTally();
  const entries = rows.flatMap((row, index): Entry[] => {
    const text = row[labelled] || missing(path, index, labelled);
    const file = fileAt(row, index);
    const box = edges && readBox(path, index, row, edges);
    const label = reader.find(text);
    if (label === undefined) {
      tally.add(unknownClass, file, `"${text}"`);
      return [];
    }
    const region: Region = row.mask
      ? { kind: "mask-file", path: place(row.mask) }
      : boxesRegion(box ? [box] : []);
    return [{ file: namedWithin(folder, file), path: place(file), label, region }];
  });
  return dataSetOf(nameOf(path, true), path, entries, tally);
}

function parseTable(path: string, text: string): { header: string[]; rows: Row[] } {
  const firstLine = text.split(/\r?\n/, 1)[0] ?? "";
  const delimiter = [",", ";", "\t"].find((mark) => firstLine.includes(mark)) ?? ",";
  let header: string[] = [];
  try {
    const rows = parse<Row>(text, {
      delimiter,
      trim: true,
      skip_empty_lines: true,
      // Longer ones are no rows of a table, and take a time that grows with the square of their length.
      max_record_size: 2 ** 20,
      columns: (names: string[]) => {
        header = names.map((name) => name.toLowerCase());
        return header;
      },
    });
    return { header, rows };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("usage", `The table "${path}" cannot be read: ${reason}.`, { cause });
  }
}

/** Rows are counted without the header, from 1. */
function missing(path: string, index: number, column: string): never {
  throw new UserError("usage", `In "${path}" row ${index + 1} has nothing under "${column}".`, {
    subject: { file: path },
    remedies: [textRemedy("fill it in, or delete the row")],
  });
}

function readBox(path: string, index: number, row: Row, names: readonly string[]): Box | undefined {
  const texts = names.map((name) => row[name] ?? "");
  if (texts.every((text) => text === "")) return undefined;
  const [left = 0, top = 0, right = 0, bottom = 0] = texts.map((text, i) => {
    const value = text === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new UserError("usage", `In "${path}" row ${index + 1} has "${text}" under "${names[i]}".`, {
      subject: { file: path },
      remedies: [textRemedy("write a number of pixels")],
    });
  });
  if (left < right && top < bottom) return { left, top, right, bottom };
  throw new UserError(
    "usage",
    `In "${path}" row ${index + 1} has a box whose end is before its start (${texts.join(", ")}); its columns are ${names.join(", ")}.`,
  );
}
