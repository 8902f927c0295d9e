/**
 * What the headers of a BMP file say: a file header of 14 bytes, one of several info headers, colour masks, a palette.
 *
 * https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
 */
import { largestPicture, UndecodableError } from "./samples.ts";

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Whether the first row is the top one; it is the bottom one usually. */
  readonly topDown: boolean;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  readonly packing: "none" | "rle4" | "rle8";
  /** Where the pixels begin in the file. */
  readonly offset: number;
  /** Red, green, blue of each colour; empty for more than 8 bits per pixel. */
  readonly palette: Uint8Array;
  /** The bits of red, green, blue and opacity in a pixel of 16 or 32 bits; 0 for none. */
  readonly masks: readonly [red: number, green: number, blue: number, alpha: number];
}

const packings = new Map([
  [0, "none"],
  [1, "rle8"],
  [2, "rle4"],
  [3, "masks"],
  [6, "masks"],
] as const);

const depths = [1, 4, 8, 16, 24, 32] as const;

export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/** @throws UndecodableError for what is no BMP of a known kind, RangeError where the file ends within the headers */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = view.getUint32(14, true);
  if (![12, 40, 52, 56, 64, 108, 124].includes(size)) {
    throw new UndecodableError(`has a BMP header of ${size} bytes, which is of no known kind`);
  }
  // The oldest header (OS/2 1) has sizes of two bytes, and no compression.
  const old = size === 12;
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  if (width <= 0 || height === 0) throw new UndecodableError("has no pixels");
  if (width * height > largestPicture) {
    throw new UndecodableError(`has more than ${largestPicture / 1e6} million pixels`);
  }
  const depth = view.getUint16(old ? 24 : 28, true);
  const bits = depths.find((known) => known === depth);
  if (bits === undefined) throw new UndecodableError(`has ${depth} bits per pixel`);
  const compression = old ? 0 : view.getUint32(30, true);
  const packing = packings.get(compression as 0);
  if (packing === undefined || !isFor(packing, bits)) {
    throw new UndecodableError(
      `is compressed in a way (${compression}) that is not known for ${bits} bits per pixel`,
    );
  }
  // Masks stand in the longer headers, and behind the one of 40 bytes.
  const own = compression === 6 ? 16 : compression === 3 ? 12 : 0;
  const behind = 14 + size + (size === 40 ? own : 0);
  const start = view.getUint32(10, true);
  const palette =
    bits > 8
      ? new Uint8Array(0)
      : readPalette(bytes, behind, bits, old ? 3 : 4, old ? 0 : view.getUint32(46, true), start);
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bits,
    packing: packing === "masks" ? "none" : packing,
    offset: start === 0 ? behind : start,
    palette,
    masks: packing === "masks" ? readMasks(view, size, own) : usualMasks(bits),
  };
}

function isFor(packing: "none" | "rle8" | "rle4" | "masks", bits: number): boolean {
  if (packing === "masks") return bits >= 16;
  return packing === "none" || packing === `rle${bits}`;
}

function usualMasks(bits: number): BmpHeader["masks"] {
  return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

function readMasks(view: DataView, size: number, own: number): BmpHeader["masks"] {
  const hasAlpha = size >= 56 || own === 16;
  const [red, green, blue] = [54, 58, 62].map((at) => view.getUint32(at, true));
  const masks = [red ?? 0, green ?? 0, blue ?? 0, hasAlpha ? view.getUint32(66, true) : 0] as const;
  // Some programs leave them out, and mean the usual ones with opacity.
  return masks.every((mask) => mask === 0) ? [0xff0000, 0xff00, 0xff, 0xff000000] : masks;
}

/** @param entry bytes of one colour: blue, green, red, and perhaps one that says nothing */
function readPalette(
  bytes: Uint8Array,
  at: number,
  bits: number,
  entry: number,
  used: number,
  pixels: number,
): Uint8Array {
  const count = Math.min(used === 0 ? 2 ** bits : used, 256);
  const there = Math.floor((Math.min(pixels === 0 ? bytes.length : pixels, bytes.length) - at) / entry);
  const palette = new Uint8Array(3 * Math.max(0, Math.min(count, there)));
  for (let i = 0; i < palette.length / 3; i += 1) {
    for (let c = 0; c < 3; c += 1) palette[3 * i + c] = bytes[at + i * entry + 2 - c] ?? 0;
  }
  return palette;
}
