/** Columns to and from Parquet files. */
import { createHash } from "node:crypto";
import { readBounded, writeFileWhole } from "@onnx-lrp/node/internal";
import { UserError } from "@onnx-lrp/onnx-loader";
import { parquetMetadata, parquetRead } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

/** A column to be written: numbers or text; null only where `nullable`. */
export interface Column {
  readonly name: string;
  readonly type: "INT32" | "DOUBLE" | "STRING";
  readonly nullable: boolean;
  readonly data: readonly (number | string | null)[];
}

/**
 * Writes a file of columns of the same length; it is there whole or not at all.
 *
 * @throws UserError `output` where it cannot be written
 */
export async function writeColumns(path: string, columns: readonly Column[]): Promise<void> {
  const buffer = parquetWriteBuffer({
    columnData: columns.map((column) => ({ ...column, data: [...column.data] })),
    kvMetadata: [{ key: checksumKey, value: noChecksum }],
  });
  const bytes = Buffer.from(buffer);
  const place = checksumPlace(bytes);
  if (place === undefined) throw new Error("The checksum has no place in the file.");
  bytes.write(checksumOf(bytes), place, "latin1");
  await writeFileWhole(path, bytes);
}

/*
 * A checksum of the whole file stands in its metadata, counted with zeros in its own place. Files that other programs wrote have
 * none.
 */
const checksumKey = "onnx-lrp.sha256";
const digits = 64;
const noChecksum = "0".repeat(digits);

/** Where the digits stand; undefined for a file without. */
function checksumPlace(bytes: Buffer): number | undefined {
  const key = bytes.lastIndexOf(checksumKey, undefined, "latin1");
  if (key < 0) return undefined;
  // Between the two, Thrift has a few bytes for the type and the length.
  const start = key + checksumKey.length;
  const found = /[0-9a-f]{64}/.exec(bytes.toString("latin1", start, start + digits + 8));
  return found === null ? start : start + found.index;
}

function checksumOf(bytes: Buffer): string {
  const place = checksumPlace(bytes) ?? 0;
  return createHash("sha256")
    .update(bytes.subarray(0, place))
    .update(noChecksum)
    .update(bytes.subarray(place + digits))
    .digest("hex");
}

function hasWrongChecksum(bytes: Buffer): boolean {
  const place = checksumPlace(bytes);
  return place !== undefined && bytes.toString("latin1", place, place + digits) !== checksumOf(bytes);
}

/** Whether a file of ours is not as it was written. @throws UserError `input` where it cannot be read */
export async function isDamaged(path: string): Promise<boolean> {
  const bytes = await readBytes(path);
  return hasWrongChecksum(bytes) || !isWhole(bytes);
}

/** Parquet files begin and end so. */
function isWhole(bytes: Buffer): boolean {
  const ends = [bytes.subarray(0, 4), bytes.subarray(-4)].map((end) => end.toString("latin1"));
  return bytes.length >= 12 && ends.every((end) => end === "PAR1");
}

async function readBytes(path: string): Promise<Buffer> {
  const bytes = await readBounded(path, { what: "part of a run", limit: "arrayBytes" });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** More rows than a run has values; a damaged file may say any number. */
const mostRows = 2 ** 27;

export interface Columns<Name extends string, Optional extends string> {
  readonly rows: number;
  /** Values as Parquet has them: 64-bit integers are bigints, missing values null. */
  readonly columns: Readonly<Record<Name, readonly unknown[]>> &
    Partial<Readonly<Record<Optional, readonly unknown[]>>>;
}

/**
 * Reads columns of a Parquet file, whoever wrote it.
 *
 * @param names columns that must be there
 * @param optional columns that are read where they are there
 * @throws UserError `input` for a file that is missing, damaged, compressed otherwise than with Snappy, or lacks a column
 */
export async function readColumns<Name extends string, Optional extends string = never>(
  path: string,
  names: readonly Name[],
  optional: readonly Optional[] = [],
): Promise<Columns<Name, Optional>> {
  try {
    const bytes = await readBytes(path);
    if (hasWrongChecksum(bytes)) throw damaged(path);
    const file = new Uint8Array(bytes).buffer;
    const metadata = parquetMetadata(file);
    const there = new Set(metadata.schema.map(({ name }) => name));
    for (const name of names) {
      if (!there.has(name)) throw new UserError("input", `"${path}" has no column "${name}".`);
    }
    const rows = Number(metadata.num_rows);
    if (!(rows >= 0 && rows <= mostRows)) throw damaged(path);
    const wanted = [...names, ...optional.filter((name) => there.has(name))];
    const columns = Object.fromEntries(wanted.map((name) => [name, new Array<unknown>(rows).fill(null)]));
    await parquetRead({
      file,
      metadata,
      columns: wanted,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = columns[columnName] ?? [];
        for (let i = 0; i < columnData.length; i += 1) column[rowStart + i] = columnData[i];
      },
    });
    return { rows, columns: columns as Columns<Name, Optional>["columns"] };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause?: unknown): UserError {
  // What JavaScript says of a wrong value says nothing to a reader.
  const plain = cause instanceof Error && cause.constructor === Error ? ` (${cause.message})` : "";
  return new UserError(
    "input",
    `"${path}" is not a Parquet file that can be read${plain}: it is damaged, or was changed since it was written.`,
    {
      subject: { file: path },
      remedies: [{ kind: "option", option: "resume", note: "which computes it again" }],
      cause,
    },
  );
}
