import { extname } from "node:path";
import type { BandPicture, Picture } from "@onnx-lrp/pictures";
import type { DecodedFile, DecodedPicture, PictureBytes } from "@onnx-lrp/pictures/internal";
import type { Metadata } from "sharp";
import { decodeBands } from "./decode/bands.ts";
import { decodeBmp, sizeOfBmp } from "./decode/bmp.ts";
import { isBmp } from "./decode/bmp-header.ts";
import { type Converted, convertSamples } from "./decode/convert.ts";
import { decodeError, pictureMetadata, readPictureBytes } from "./decode/file.ts";
import { fillBesideFrame, withHiddenColours } from "./decode/gif.ts";
import { decodeSamples } from "./decode/samples.ts";

const extensions = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"]);

/** Whether a file of this name counts as a picture when a folder is searched. */
export function isPictureFile(name: string): boolean {
  return extensions.has(extname(name).toLowerCase());
}

/**
 * Reads a picture for a network of so many channels: a TIFF file that has as many bands, in its pixels or on its pages, as the
 * numbers that it holds, and everything else like `decodeImage`.
 *
 * @param file a path, or the bytes themselves
 * @throws UserError "input" as `decodeImage`
 */
export async function decodeForChannels(file: string | PictureBytes, channels: number): Promise<DecodedFile> {
  const { name: path, bytes } = await bytesOf(file);
  try {
    const bands = await decodeBands(bytes, channels);
    if (bands !== undefined) return { kind: "bands", picture: bands, notes: bandNotes(bands, path) };
    const picture = await decodeColours(bytes, path);
    return { kind: "colours", picture, notes: picture.notes };
  } catch (cause) {
    throw decodeError(path, cause);
  }
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
export async function decodeImage(file: string | PictureBytes): Promise<DecodedPicture> {
  const { name: path, bytes } = await bytesOf(file);
  try {
    return await decodeColours(bytes, path);
  } catch (cause) {
    throw decodeError(path, cause);
  }
}

async function bytesOf(file: string | PictureBytes): Promise<PictureBytes> {
  return typeof file === "string" ? { name: file, bytes: await readPictureBytes(file) } : file;
}

/** Presets of preprocessing are for bytes. */
function bandNotes({ bands, data }: BandPicture, path: string): string[] {
  let largest = 0;
  for (const value of data) if (value > largest) largest = value;
  if (largest <= 255) return [];
  return [
    `The ${bands} bands of "${path}" have numbers up to ${Number(largest.toPrecision(4))}, taken as they are: the scale, mean and std of the preprocessing must be meant for such numbers, not for bytes.`,
  ];
}

async function decodeColours(bytes: Uint8Array, path: string): Promise<DecodedPicture> {
  const { picture, notes } = isBmp(bytes) ? { picture: decodeBmp(bytes), notes: [] } : await decode(bytes);
  return { ...picture, notes: notes.map((note) => `The picture "${path}" ${note}.`) };
}

async function decode(bytes: Uint8Array): Promise<Converted> {
  const metadata = await pictureMetadata(bytes);
  const { format, pages = 1 } = metadata;
  const samples = await decodeSamples(bytes, metadata);
  const { picture, notes } = convertSamples(samples, isPlainGrey(bytes, metadata));
  if (format === "gif") return { picture: await gifColours(bytes, picture, metadata), notes };
  return format === "tiff" && pages > 1
    ? { picture, notes: [...notes, `has ${pages} pages, of which the first is taken`] }
    : { picture, notes };
}

async function gifColours(bytes: Uint8Array, picture: Picture, metadata: Metadata): Promise<Picture> {
  if (picture.alpha === undefined) {
    fillBesideFrame(bytes, picture);
    return picture;
  }
  const opaque = convertSamples(await decodeSamples(withHiddenColours(bytes), metadata), true).picture;
  fillBesideFrame(bytes, opaque);
  return { ...picture, rgb: opaque.rgb };
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
export async function pictureSize(file: string | PictureBytes): Promise<{ height: number; width: number }> {
  const { name: path, bytes } = await bytesOf(file);
  try {
    if (isBmp(bytes)) return sizeOfBmp(bytes);
    const { autoOrient } = await pictureMetadata(bytes);
    return { height: autoOrient.height, width: autoOrient.width };
  } catch (cause) {
    throw decodeError(path, cause);
  }
}
