import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "@onnx-lrp/onnx-loader";
import type { Picture } from "@onnx-lrp/pictures";
import sharp from "sharp";
import { readFailure } from "./read-failure.ts";

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
      throw new UserError(
        "input",
        `"${path}" is a ${format} file; give a JPEG, PNG, WebP, GIF or TIFF picture.`,
      );
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
    throw new UserError("input", decodeFailure(path, cause), { cause });
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
    throw new UserError("input", decodeFailure(path, cause), { cause });
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
    throw new UserError("input", readFailure("picture", path, cause), { cause });
  }
  if (size === 0) throw new UserError("input", `The picture "${path}" is empty; give a whole file.`);
  const megabytes = Math.ceil(size / 2 ** 20);
  throw new UserError(
    "input",
    `The picture "${path}" is too large (${megabytes} MiB, at most ${maxBytes / 2 ** 20}); make it smaller first.`,
  );
}

function decodeFailure(path: string, cause: unknown): string {
  const reason = cause instanceof Error ? cause.message.split("\n")[0]?.trim() : String(cause);
  if (reason?.includes("pixel limit")) {
    return `The picture "${path}" has more than ${maxPixels / 1e6} million pixels; make it smaller first.`;
  }
  if (reason?.includes("unsupported image format")) {
    return `"${path}" is not a picture that can be read; give a JPEG, PNG, WebP, GIF or TIFF file.`;
  }
  return `The picture "${path}" is damaged or cut off (${reason}); give a whole file.`;
}

function threeChannels(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels] ?? 0, i * 3, i * 3 + 3);
  return rgb;
}
