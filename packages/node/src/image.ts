import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { type Remedy, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import type { Picture } from "@onnx-lrp/pictures";
import sharp from "sharp";
import { readError } from "./read-error.ts";

const extensions = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff"]);
const formats = new Set(["jpeg", "png", "webp", "gif", "tiff"]);
const maxBytes = 512 * 2 ** 20;
const maxPixels = 200e6;

/** Whether a file of this name counts as a picture when a folder is searched. */
export function isPictureFile(name: string): boolean {
  return extensions.has(extname(name).toLowerCase());
}

/**
 * Reads a JPEG, PNG, WebP, GIF (its first frame) or TIFF file, turned as its EXIF orientation says.
 * Transparent parts become white; grey, CMYK and 16-bit pictures become 8-bit sRGB.
 *
 * @throws UserError "input" if the file is missing, too large, truncated or no picture
 */
export async function decodeImage(path: string): Promise<Picture> {
  const bytes = await readPictureBytes(path);
  try {
    // Bytes rather than a path: sharp caches by path, and a file may be rewritten under the same name.
    // "error": pictures with harmless oddities (stray bytes between JPEG markers) are common; halves are not.
    const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: "error" });
    const { format } = await image.metadata();
    if (!formats.has(format)) {
      throw new UserError("input", `"${path}" is a ${format} file.`, {
        subject: { file: path },
        remedies: [givePicture],
      });
    }
    const { data, info } = await image
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, rgb: threeChannels(data, info.channels) };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw decodeError(path, cause);
  }
}

/**
 * Height and width of a picture file, turned as its EXIF orientation says, without decoding it.
 *
 * @throws UserError "input" if the file is missing, too large or no picture
 */
export async function pictureSize(path: string): Promise<{ height: number; width: number }> {
  const bytes = await readPictureBytes(path);
  try {
    const { autoOrient } = await sharp(bytes, { limitInputPixels: maxPixels }).metadata();
    return { height: autoOrient.height, width: autoOrient.width };
  } catch (cause) {
    throw decodeError(path, cause);
  }
}

async function readPictureBytes(path: string): Promise<Buffer> {
  let size: number;
  try {
    const stats = await stat(path);
    size = stats.size;
    if (size <= maxBytes) {
      const bytes = await readFile(path);
      if (bytes.length > 0) return bytes;
    }
  } catch (cause) {
    throw readError("input", "picture", path, cause);
  }
  const subject = { file: path };
  if (size === 0) {
    throw new UserError("input", `The picture "${path}" is empty.`, { subject, remedies: [giveWholeFile] });
  }
  const megabytes = Math.ceil(size / 2 ** 20);
  throw new UserError(
    "input",
    `The picture "${path}" is too large (${megabytes} MiB, at most ${maxBytes / 2 ** 20}).`,
    { subject, remedies: [makeSmaller] },
  );
}

const givePicture = textRemedy("give a JPEG, PNG, WebP, GIF or TIFF picture");
const giveWholeFile = textRemedy("give the whole file");
const makeSmaller = textRemedy("make it smaller first");

function decodeError(path: string, cause: unknown): UserError {
  const error = (sentence: string, remedy: Remedy) =>
    new UserError("input", sentence, { subject: { file: path }, remedies: [remedy], cause });
  const reason = cause instanceof Error ? cause.message.split("\n")[0]?.trim() : String(cause);
  if (reason?.includes("pixel limit")) {
    return error(`The picture "${path}" has more than ${maxPixels / 1e6} million pixels.`, makeSmaller);
  }
  if (reason?.includes("unsupported image format")) {
    return error(`"${path}" is not a picture that can be read.`, givePicture);
  }
  return error(`The picture "${path}" is damaged or cut off (${reason}).`, giveWholeFile);
}

function threeChannels(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels] ?? 0, i * 3, i * 3 + 3);
  return rgb;
}
