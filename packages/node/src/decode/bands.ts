import type { BandPicture } from "@onnx-lrp/pictures";
import { isPictureChannels } from "@onnx-lrp/pictures/internal";
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

/** Little-endian or big-endian, usual or of more than 4 GiB. */
function isTiff([first, second, third = 0, fourth = 0]: Uint8Array): boolean {
  const little = first === 0x49 && second === 0x49;
  const big = first === 0x4d && second === 0x4d;
  return (little && [42, 43].includes(third)) || (big && third === 0 && [42, 43].includes(fourth));
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
