import type { BandPicture } from "@onnx-lrp/pictures";
import { isPictureChannels, isTiff } from "@onnx-lrp/pictures/internal";
import type { Metadata } from "sharp";
import { pictureMetadata } from "./file.ts";
import { colourBands, decodeSamples, openSharp, type Samples, spaceOf } from "./samples.ts";

/**
 * Decodes a TIFF file that has as many bands as a network has channels, as its numbers are: bands of one pixel, or of several
 * pages one after another, the first page's first.
 *
 * @returns undefined where the file is no TIFF, has another number of bands, or is a picture in grey, in colours, or in these
 *   with transparency for a network that takes such
 */
export async function decodeBands(bytes: Uint8Array, count: number): Promise<BandPicture | undefined> {
  if (!isTiff(bytes)) return undefined;
  const metadata = await pictureMetadata(bytes);
  const { channels, pages = 1 } = metadata;
  if (pages > 1 && channels * pages === count) {
    const whole = await openSharp(bytes, -1).metadata();
    return besides(await decodeSamples(bytes, whole, -1), pages);
  }
  if (channels !== count || (isPictureChannels(count) && isColourful(metadata))) return undefined;
  const { width, height, bands, data } = await decodeSamples(bytes, metadata);
  return { width, height, bands, data };
}

/** Whether the bands of a pixel are grey or colours, perhaps with transparency. */
function isColourful({ space, channels }: Metadata): boolean {
  const colours = colourBands[spaceOf(space)];
  return channels === colours || channels === colours + 1;
}

/** Pages that lie one below another, put beside each other in every pixel. */
function besides({ width, height, bands, data }: Samples, pages: number): BandPicture {
  const pixels = (width * height) / pages;
  const all = bands * pages;
  const merged = data.slice();
  for (let page = 0; page < pages; page += 1) {
    for (let i = 0; i < pixels; i += 1) {
      for (let b = 0; b < bands; b += 1) {
        merged[i * all + page * bands + b] = data[(page * pixels + i) * bands + b] ?? 0;
      }
    }
  }
  return { width, height: height / pages, bands: all, data: merged };
}
