/**
 * Decodes BMP files to the numbers that PIL gives (PIL/BmpImagePlugin.py).
 *
 * Our own: libvips, as sharp brings it, does not read BMP. Of the decoders on npm, fast-bmp (image-js) reads none that are
 * packed, stored from the top, or of 4 or 16 bits, and gives palettes without their colours; bmp-ts and bmp-js, which it came
 * from, misread odd widths of 4 bits and every RLE8, and take memory by what the header says.
 */
import type { Picture } from "@onnx-lrp/pictures";
import { type BmpHeader, readBmpHeader } from "./bmp-header.ts";
import { unpackRuns } from "./bmp-rle.ts";
import { UndecodableError } from "./samples.ts";

/** @throws UndecodableError for what is no BMP of a known kind or cut off */
export function decodeBmp(bytes: Uint8Array): Picture {
  const header = readHeader(bytes);
  const { width, height, bits, palette } = header;
  const pixels = bytes.subarray(header.offset);
  if (
    header.packing === "none" &&
    pixels.length < rowBytes(header) * (height - 1) + Math.ceil((width * bits) / 8)
  ) {
    throw new UndecodableError("is cut off");
  }
  if (bits <= 8) return { width, height, rgb: coloured(indicesOf(pixels, header), palette, header) };
  return bits === 24 ? { width, height, rgb: directColours(pixels, header) } : maskedColours(pixels, header);
}

/** @throws UndecodableError as `decodeBmp`, of what the headers say alone */
export function sizeOfBmp(bytes: Uint8Array): { width: number; height: number } {
  const { width, height } = readHeader(bytes);
  return { width, height };
}

function readHeader(bytes: Uint8Array): BmpHeader {
  try {
    return readBmpHeader(bytes);
  } catch (cause) {
    if (cause instanceof RangeError) throw new UndecodableError("is cut off", { cause });
    throw cause;
  }
}

/** Rows begin at multiples of four bytes. */
function rowBytes({ width, bits }: BmpHeader): number {
  return 4 * Math.ceil((width * bits) / 32);
}

/** The offset in the file of a row counted from the top of the picture. */
function storedRow({ topDown, height }: BmpHeader, y: number): number {
  return topDown ? y : height - 1 - y;
}

/** One palette index per pixel, in the file's order of rows. */
function indicesOf(pixels: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bits, packing } = header;
  if (packing !== "none") return unpackRuns(pixels, width, height, packing === "rle8" ? 8 : 4);
  const indices = new Uint8Array(width * height);
  const [stride, perByte, most] = [rowBytes(header), 8 / bits, 2 ** bits - 1];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const byte = pixels[y * stride + Math.floor(x / perByte)] ?? 0;
      indices[at] = (byte >> (8 - bits - bits * (x % perByte))) & most;
    }
  }
  return indices;
}

/** An index beyond the palette is black. */
function coloured(indices: Uint8Array, palette: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height } = header;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = storedRow(header, y) * width;
    for (let x = 0; x < width; x += 1, at += 3) {
      const index = indices[row + x] ?? 0;
      for (let c = 0; c < 3; c += 1) rgb[at + c] = palette[3 * index + c] ?? 0;
    }
  }
  return rgb;
}

function directColours(pixels: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height } = header;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = storedRow(header, y) * rowBytes(header);
    for (let x = 0; x < width; x += 1, at += 3) {
      for (let c = 0; c < 3; c += 1) rgb[at + c] = pixels[row + 3 * x + 2 - c] ?? 0;
    }
  }
  return rgb;
}

function maskedColours(pixels: Uint8Array, header: BmpHeader): Picture {
  const { width, height, bits, masks } = header;
  const [red, green, blue, alpha] = masks;
  const rgb = new Uint8Array(width * height * 3);
  const opacity = alpha === 0 ? undefined : new Uint8Array(width * height);
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.length);
  const scales = [red, green, blue].map(scaleOf);
  const scaleOpacity = scaleOf(alpha);
  for (let y = 0, i = 0; y < height; y += 1) {
    const row = storedRow(header, y) * rowBytes(header);
    for (let x = 0; x < width; x += 1, i += 1) {
      const pixel = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true);
      scales.forEach((scale, c) => {
        rgb[3 * i + c] = scale(pixel);
      });
      if (opacity !== undefined) opacity[i] = scaleOpacity(pixel);
    }
  }
  return { width, height, rgb, ...(opacity === undefined ? {} : { alpha: opacity }) };
}

/** The bits under a mask, scaled to a byte: all bits set are 255. */
function scaleOf(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.floor((((pixel & mask) >>> shift) * 255) / most);
}
