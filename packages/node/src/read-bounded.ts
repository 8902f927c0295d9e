/** Reading a file that a user or a list names, of which only so much is taken into memory. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { type ErrorKind, limit, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { beyondLimit, type LimitName } from "@onnx-lrp/onnx-loader/internal";
import { readError } from "./read-error.ts";

/** Node reads at most 2 GiB at once. */
const largestRead = 2 ** 30;

/** What a file is to be. */
export interface Wanted {
  /** For errors: "picture", "array file". */
  readonly what: string;
  /** On its bytes. */
  readonly limit: LimitName;
  /** Of errors; default `input`. */
  readonly kind?: ErrorKind;
}

/**
 * Reads a whole file. Pipes and devices are refused: of some there is no end, and others never begin.
 *
 * @throws UserError of the wanted kind if the file is missing, no regular file, cannot be read, or is larger than the limit
 */
export async function readBounded(path: string, wanted: Wanted): Promise<Uint8Array> {
  const { what, kind = "input" } = wanted;
  const check = (bytes: number) => {
    if (bytes > limit(wanted.limit)) throw tooLarge(path, bytes, wanted);
  };
  try {
    // Before it is opened, which for a pipe may take for ever.
    checkRegular(path, await stat(path), wanted);
    const file = await open(path);
    try {
      const { size } = await file.stat();
      return await readAll(file, size, check);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw readError(kind, what, path, cause);
  }
}

/** The text of a file, without a byte order mark. @throws UserError as `readBounded` does */
export async function readBoundedText(path: string, wanted: Wanted): Promise<string> {
  return new TextDecoder().decode(await readBounded(path, wanted));
}

function checkRegular(
  path: string,
  stats: { isFile(): boolean; isDirectory(): boolean },
  { what, kind = "input" }: Wanted,
): void {
  // A folder is told by the error of reading it.
  if (stats.isFile() || stats.isDirectory()) return;
  throw new UserError(
    kind,
    `The ${what} "${path}" cannot be read: it is not a file, but a pipe or a device.`,
    {
      subject: { file: path },
      remedies: [textRemedy("save it as a file first")],
    },
  );
}

/**
 * @param size what the file is said to have
 * @param check called with the length known so far, before memory is taken for it
 */
async function readAll(file: FileHandle, size: number, check: (length: number) => void): Promise<Uint8Array> {
  check(size);
  // One byte more than the file has, to see its end.
  let bytes = new Uint8Array(Math.max(size + 1, 2 ** 16));
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, Math.min(bytes.length - length, largestRead));
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
    check(length);
    if (length === bytes.length) {
      const more = new Uint8Array(2 * length);
      more.set(bytes);
      bytes = more;
    }
  }
}

function tooLarge(path: string, size: number, { what, limit: name, kind = "input" }: Wanted): UserError {
  const megabytes = Math.ceil(size / 2 ** 20);
  const most = Math.ceil(limit(name) / 2 ** 20);
  return beyondLimit(name, kind, `The ${what} "${path}" is too large (${megabytes} MiB, at most ${most}).`, {
    subject: { file: path },
    remedies: [textRemedy("make it smaller first")],
  });
}
