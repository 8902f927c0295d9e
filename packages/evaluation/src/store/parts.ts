/**
 * The files of a run's folder. A run is cut into units of consecutive pictures; unit 7 is `values/part-00007.parquet`,
 * `times/part-00007.parquet` and `pictures/part-00007.parquet`, written whole and in this order, so that a unit is done
 * exactly when its pictures are there. A folder whose parts were written by another program, under any names, reads the same.
 */
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { hasCode } from "../has-code.ts";
import { isDamaged, readColumns, writeColumns } from "./parquet.ts";
import {
  type PictureRow,
  pictureColumns,
  type TimeRow,
  timeColumns,
  type ValueRow,
  valueColumns,
} from "./rows.ts";

export type Kind = "values" | "times" | "pictures";

/** The results of a unit's pictures. */
export interface UnitResult {
  readonly pictures: readonly PictureRow[];
  readonly values: readonly ValueRow[];
  readonly times: readonly TimeRow[];
}

/** @throws UserError `output` where a file cannot be written */
export async function writeUnit(folder: string, unit: number, result: UnitResult): Promise<void> {
  await writeColumns(partPath(folder, "values", unit), valueColumns(result.values));
  await writeColumns(partPath(folder, "times", unit), timeColumns(result.times));
  await writeColumns(partPath(folder, "pictures", unit), pictureColumns(result.pictures));
}

function partPath(folder: string, kind: Kind, unit: number): string {
  return join(folder, kind, `part-${String(unit).padStart(5, "0")}.parquet`);
}

/** The units of a run that are complete. */
export async function unitsDone(folder: string): Promise<Set<number>> {
  const values = new Set(await partNames(folder, "values"));
  const done = new Set<number>();
  for (const name of await partNames(folder, "pictures")) {
    const unit = /^part-(\d{5,})\.parquet$/.exec(name)?.[1];
    if (unit !== undefined && values.has(name)) done.add(Number(unit));
  }
  return done;
}

/** Deletes what a killed process left half-written. Nothing else may be writing into the folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const kind of ["", "values", "times", "pictures"]) {
    for (const name of await names(join(folder, kind))) {
      if (/\.[0-9a-f]{8}\.tmp$/.test(name)) await rm(join(folder, kind, name), { force: true });
    }
  }
}

/**
 * Deletes the parts whose content is not what was written, so that their units count as undone.
 *
 * @returns their paths
 */
export async function removeDamaged(folder: string): Promise<string[]> {
  const damaged: string[] = [];
  for (const kind of ["pictures", "values", "times"] as const) {
    for (const path of await listParts(folder, kind)) if (await isDamaged(path)) damaged.push(path);
  }
  for (const path of damaged) {
    // A unit is done exactly when its pictures are there.
    await rm(join(folder, "pictures", basename(path)), { force: true });
    await rm(path, { force: true });
  }
  return damaged;
}

/** Paths of a folder's parts of one kind, by name. */
export async function listParts(folder: string, kind: Kind): Promise<string[]> {
  return (await partNames(folder, kind)).map((name) => join(folder, kind, name));
}

async function partNames(folder: string, kind: Kind): Promise<string[]> {
  const all = await names(join(folder, kind));
  // By code units, not by the machine's language; longer numbers later.
  return all
    .filter((name) => name.endsWith(".parquet"))
    .sort(
      (a, b) => (/^part-\d+\./.test(a) && /^part-\d+\./.test(b) ? a.length - b.length : 0) || order(a, b),
    );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (hasCode(cause, "ENOENT", "ENOTDIR")) return [];
    throw new UserError(
      "input",
      `"${folder}" cannot be read: ${cause instanceof Error ? cause.message : cause}.`,
      {
        cause,
      },
    );
  }
}

/** The rows of a part, by index. @throws UserError `input` for a file that cannot be read or has invalid rows */
export async function readPictures(path: string): Promise<PictureRow[]> {
  const { rows, columns } = await readColumns(
    path,
    [
      "index",
      "image",
      "status",
      "reason",
      "label",
      "label_probability",
      "predicted",
      "predicted_probability",
      "second",
      "second_probability",
    ],
    ["quantized_difference"],
  );
  const result = Array.from({ length: rows }, (_, row): PictureRow => {
    const number = (name: Exclude<keyof typeof columns, "image" | "status" | "reason">) =>
      numberAt(path, name, columns[name] ?? [], row);
    const index = number("index");
    const image = String(columns.image[row]);
    const status = columns.status[row];
    const label = number("label");
    if (status === "failed")
      return { index, image, status, reason: String(columns.reason[row] ?? "unknown"), label };
    if (status !== "ok") {
      throw new UserError("input", `"${path}" has the status "${status}" at row ${row + 1}.`, {
        subject: { file: path },
        remedies: [textRemedy("write ok or failed")],
      });
    }
    return {
      index,
      image,
      status,
      label,
      labelProbability: number("label_probability"),
      predicted: number("predicted"),
      predictedProbability: number("predicted_probability"),
      second: optionalNumber(columns.second[row]),
      secondProbability: optionalNumber(columns.second_probability[row]),
      quantizedDifference: optionalNumber(columns.quantized_difference?.[row]),
    };
  });
  return result.sort((a, b) => a.index - b.index);
}

/** How many pictures of a part failed. */
export async function countFailed(path: string): Promise<number> {
  const { columns } = await readColumns(path, ["status"]);
  return columns.status.filter((status) => status === "failed").length;
}

/** The rows of a part as columns; in the file's order, which `order` puts by index and otherwise keeps. */
export interface ValueColumns {
  readonly order: Uint32Array;
  readonly index: Float64Array;
  readonly image: readonly unknown[];
  readonly method: readonly unknown[];
  readonly measure: readonly unknown[];
  readonly parameter: Float64Array;
  readonly value: Float64Array;
  readonly weight: Float64Array;
}

/** @throws UserError `input` for a file that cannot be read or lacks a number */
export async function readValues(path: string): Promise<ValueColumns> {
  const { rows, columns } = await readColumns(path, [
    "index",
    "image",
    "method",
    "measure",
    "parameter",
    "value",
    "weight",
  ]);
  const numbers = (name: "index" | "parameter" | "value" | "weight") =>
    Float64Array.from({ length: rows }, (_, row) => numberAt(path, name, columns[name], row));
  const index = numbers("index");
  return {
    order: Uint32Array.from({ length: rows }, (_, row) => row).sort(
      (a, b) => (index[a] ?? 0) - (index[b] ?? 0) || a - b,
    ),
    index,
    image: columns.image,
    method: columns.method,
    measure: columns.measure,
    parameter: numbers("parameter"),
    value: numbers("value"),
    weight: numbers("weight"),
  };
}

/** @throws UserError `input` as `readValues` does */
export async function readTimes(path: string): Promise<TimeRow[]> {
  const { rows, columns } = await readColumns(path, ["step", "seconds", "pictures"]);
  return Array.from({ length: rows }, (_, row) => ({
    step: String(columns.step[row]),
    seconds: numberAt(path, "seconds", columns.seconds, row),
    pictures: numberAt(path, "pictures", columns.pictures, row),
  }));
}

function numberAt(path: string, name: string, column: readonly unknown[], row: number): number {
  const number = optionalNumber(column[row]);
  if (number === undefined) {
    throw new UserError("input", `"${path}" has no number under "${name}" at row ${row + 1}.`);
  }
  return number;
}

/** Programs write integers with 64 bits, and missing numbers as NaN. */
function optionalNumber(value: unknown): number | undefined {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
