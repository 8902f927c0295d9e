/** Reading a file that a user names, of which only so much is taken into memory. */
import { type FileHandle, open } from "node:fs/promises";
import { UserError } from "@onnx-lrp/onnx-loader";
import { inputError } from "./input-error.ts";
import { readError } from "./read-error.ts";

/** Node reads at most 2 GiB at once. */
const largestRead = 2 ** 30;

/**
 * Reads a whole file. A pipe is read up to the limit too.
 *
 * @param what the kind of file, for errors: "picture", "array file"
 * @param limit bytes
 * @throws UserError "input" if the file is missing, cannot be read, or is larger than `limit`
 */
export async function readBounded(path: string, what: string, limit: number): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      return await readAll(file, size, (length) => {
        if (length > limit) throw tooLarge(path, what, length, limit);
      });
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw readError("input", what, path, cause);
  }
}

/**
 * @param size what the file is said to have; 0 for a pipe
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

function tooLarge(path: string, what: string, size: number, limit: number): UserError {
  const megabytes = Math.ceil(size / 2 ** 20);
  return inputError(
    path,
    `The ${what} "${path}" is too large (${megabytes} MiB, at most ${limit / 2 ** 20}).`,
    "make it smaller first",
  );
}
