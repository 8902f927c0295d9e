/** Columns to and from Parquet files. */
import { readFile } from "node:fs/promises";
import { writeFileWhole } from "@onnx-lrp/node/internal";
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
  const bytes = parquetWriteBuffer({
    columnData: columns.map((column) => ({ ...column, data: [...column.data] })),
  });
  await writeFileWhole(path, new Uint8Array(bytes));
}

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
    const bytes = await readFile(path);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const metadata = parquetMetadata(file);
    const there = new Set(metadata.schema.map(({ name }) => name));
    for (const name of names) {
      if (!there.has(name)) throw new UserError("input", `"${path}" has no column "${name}".`);
    }
    const rows = Number(metadata.num_rows);
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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("input", `"${path}" is not a Parquet file that can be read: ${reason}.`, { cause });
  }
}
