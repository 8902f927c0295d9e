/** A picture file's bytes, what its header says, and what is said of one that cannot be decoded. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { inputError } from "@onnx-lrp/pictures/internal";
import type { Metadata } from "sharp";
import { readBounded } from "../read-bounded.ts";
import { openSharp, UndecodableError } from "./samples.ts";

const formats = new Set(["jpeg", "png", "webp", "gif", "tiff"]);

/** @throws UndecodableError for a file of a format that is no picture's */
export async function pictureMetadata(bytes: Uint8Array): Promise<Metadata> {
  const metadata = await openSharp(bytes).metadata();
  if (formats.has(metadata.format)) return metadata;
  throw new UndecodableError(`is a ${metadata.format} file`);
}

export async function readPictureBytes(path: string): Promise<Uint8Array> {
  const bytes = await readBounded(path, { what: "picture", limit: "pictureFileBytes" });
  if (bytes.length > 0) return bytes;
  throw inputError(path, `The picture "${path}" is empty.`, giveWholeFile);
}

const givePicture = "give a JPEG, PNG, WebP, GIF, TIFF or BMP picture";
const giveWholeFile = "give the whole file";

/** The error for a picture that could not be decoded, as a sentence with its name. */
export function decodeError(path: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const reason = cause instanceof Error ? cause.message.split("\n")[0]?.trim() : String(cause);
  if (cause instanceof UndecodableError) {
    return inputError(path, `"${path}" ${reason}.`, cause.remedy ?? givePicture, cause);
  }
  if (reason?.includes("pixel limit")) {
    return inputError(
      path,
      `The picture "${path}" has more than 200 million pixels.`,
      "make it smaller first",
      cause,
    );
  }
  if (reason?.includes("unsupported image format")) {
    return inputError(path, `"${path}" is not a picture that can be read.`, givePicture, cause);
  }
  return inputError(path, `The picture "${path}" is damaged or cut off (${reason}).`, giveWholeFile, cause);
}
