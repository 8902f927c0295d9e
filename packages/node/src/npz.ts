import { crc32 } from "node:zlib";
import { limit, UserError } from "@onnx-lrp/onnx-loader";
import type { Npy } from "@onnx-lrp/pictures";
import { decodeNpy, inputError } from "@onnx-lrp/pictures/internal";
import { type Entry, fromBufferPromise, getFileNameLowLevel, type ZipFile } from "yauzl";
import { readBounded } from "./read-bounded.ts";

/**
 * Reads the arrays of a .npz file, a zip archive of .npy files that numpy.savez or numpy.savez_compressed wrote, by their names.
 *
 * What the archive says of an array's size is not believed: reading stops where more comes out, or more than `most`.
 *
 * @param most bytes of all arrays together
 * @throws UserError "input" if the file cannot be read, is damaged or too large, or an array is of a kind that `readNpy` refuses
 */
export async function readNpz(path: string, most = limit("arrayBytes")): Promise<Map<string, Npy>> {
  const bytes = await readBounded(path, { what: "array file", limit: "arrayBytes" });
  const arrays = new Map<string, Npy>();
  let left = most;
  try {
    const archive = await openArchive(bytes);
    for await (const entry of archive.eachEntry()) {
      const name = arrayName(entry);
      if (name === undefined) continue;
      const npy = await readEntry(archive, entry, left);
      if (npy === undefined) {
        throw inputError(
          path,
          `The arrays in "${path}" take more than ${most / 2 ** 20} MiB.`,
          "save the one that is needed as a .npy file",
        );
      }
      left -= npy.length;
      arrays.set(name, decodeNpy(npy, path, name));
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw inputError(
      path,
      `The array file "${path}" is no whole .npz file (${reason}).`,
      "write it with numpy.savez",
      cause,
    );
  }
  if (arrays.size > 0) return arrays;
  throw inputError(path, `The array file "${path}" holds no arrays.`, "write it with numpy.savez");
}

function openArchive(bytes: Uint8Array): Promise<ZipFile> {
  // Names are names of values and never paths here, so that "/input.npy" is as good as another.
  return fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
    decodeStrings: false,
  });
}

/** undefined for what is no array */
function arrayName({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string | undefined {
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  return name.endsWith(".npy") ? name.slice(0, -".npy".length) : undefined;
}

/** @returns undefined if it has more bytes than `limit` */
async function readEntry(archive: ZipFile, entry: Entry, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Ends with an error where another number of bytes comes out than the archive says.
  for await (const chunk of await archive.openReadStreamPromise(entry)) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  if (crc32(whole) !== entry.crc32) throw new Error("the checksum of an array is wrong");
  return whole;
}
