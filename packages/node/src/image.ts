import { extname } from "node:path";
import { UserError } from "@onnx-lrp/onnx-loader";
import type { Picture } from "@onnx-lrp/pictures";
import type { Metadata } from "sharp";
import { decodeBmp, sizeOfBmp } from "./decode/bmp.ts";
import { isBmp } from "./decode/bmp-header.ts";
import { type Converted, convertSamples } from "./decode/convert.ts";
import { withHiddenColours } from "./decode/gif.ts";
import { decodeSamples, openSharp, UndecodableError } from "./decode/samples.ts";
import { inputError } from "./input-error.ts";
import { readBounded } from "./read-bounded.ts";

/** A picture as decoded from a file. */
export interface DecodedPicture extends Picture {
  /** Sentences on what its user had better know of how the numbers came about; usually none. */
  readonly notes: readonly string[];
}

const extensions = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"]);
const formats = new Set(["jpeg", "png", "webp", "gif", "tiff"]);
const maxBytes = 512 * 2 ** 20;

/** Whether a file of this name counts as a picture when a folder is searched. */
export function isPictureFile(name: string): boolean {
  return extensions.has(extname(name).toLowerCase());
}

/**
 * Reads a JPEG, PNG, WebP, GIF, TIFF or BMP file to the numbers that PIL's `convert("RGBA")` gives: colour profiles and gamma
 * are ignored, transparent pixels keep their colours, and of several frames or pages the first is taken. Unlike by PIL's
 * `open`, the picture is turned as its EXIF orientation says.
 *
 * Of colours with 16 bits the upper 8 are taken; grey ones, and floating-point numbers, are cut off at 255.
 *
 * @throws UserError "input" if the file is missing, too large, truncated or no picture
 */
export async function decodeImage(path: string): Promise<DecodedPicture> {
  const bytes = await readPictureBytes(path);
  try {
    const { picture, notes } = isBmp(bytes) ? { picture: decodeBmp(bytes), notes: [] } : await decode(bytes);
    return { ...picture, notes: notes.map((note) => `The picture "${path}" ${note}.`) };
  } catch (cause) {
    throw decodeError(path, cause);
  }
}

async function decode(bytes: Uint8Array): Promise<Converted> {
  const metadata = await pictureMetadata(bytes);
  const { format, pages = 1 } = metadata;
  const samples = await decodeSamples(bytes, metadata);
  const { picture, notes } = convertSamples(samples, isPlainGrey(bytes, metadata));
  if (format === "gif" && picture.alpha !== undefined) {
    const opaque = convertSamples(await decodeSamples(withHiddenColours(bytes), metadata), true);
    return { picture: { ...picture, rgb: opaque.picture.rgb }, notes };
  }
  return format === "tiff" && pages > 1
    ? { picture, notes: [...notes, `has ${pages} pages, of which the first is taken`] }
    : { picture, notes };
}

/** Whether there is nothing but grey: a PNG may have a grey that counts as transparent, which PIL takes for no opacity. */
function isPlainGrey(bytes: Uint8Array, { format, channels }: Metadata): boolean {
  const pngColourType = bytes[25];
  return channels === 1 || (format === "png" && pngColourType === 0);
}

/**
 * Height and width of a picture file, turned as its EXIF orientation says, without decoding it.
 *
 * @throws UserError "input" if the file is missing, too large or no picture
 */
export async function pictureSize(path: string): Promise<{ height: number; width: number }> {
  const bytes = await readPictureBytes(path);
  try {
    if (isBmp(bytes)) return sizeOfBmp(bytes);
    const { autoOrient } = await pictureMetadata(bytes);
    return { height: autoOrient.height, width: autoOrient.width };
  } catch (cause) {
    throw decodeError(path, cause);
  }
}

async function pictureMetadata(bytes: Uint8Array): Promise<Metadata> {
  const metadata = await openSharp(bytes).metadata();
  if (formats.has(metadata.format)) return metadata;
  throw new UndecodableError(`is a ${metadata.format} file`);
}

async function readPictureBytes(path: string): Promise<Uint8Array> {
  const bytes = await readBounded(path, "picture", maxBytes);
  if (bytes.length > 0) return bytes;
  throw inputError(path, `The picture "${path}" is empty.`, giveWholeFile);
}

const givePicture = "give a JPEG, PNG, WebP, GIF, TIFF or BMP picture";
const giveWholeFile = "give the whole file";

function decodeError(path: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const reason = cause instanceof Error ? cause.message.split("\n")[0]?.trim() : String(cause);
  if (cause instanceof UndecodableError) return inputError(path, `"${path}" ${reason}.`, givePicture, cause);
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
