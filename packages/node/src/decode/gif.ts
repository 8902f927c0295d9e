/**
 * What PIL's `convert("RGB")` shows of the first frame of a GIF, and decoders do not: the colour that the palette has for
 * transparent pixels, and the colour of what lies beside a frame that is smaller than the picture.
 *
 * The format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
import type { Picture } from "@onnx-lrp/pictures";

interface FirstFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Where the flags stand of which bit 0 says that a colour is transparent; undefined where none is. */
  readonly flags: number | undefined;
  /** Red, green and blue of the transparent colour, or of the palette's first. */
  readonly beside: Uint8Array;
}

/** The file with the transparent colour of its first frame drawn like any other. */
export function withHiddenColours(gif: Uint8Array): Uint8Array {
  const flags = firstFrame(gif)?.flags;
  if (flags === undefined) return gif;
  const opaque = new Uint8Array(gif);
  opaque[flags] = (gif[flags] ?? 0) & ~1;
  return opaque;
}

/** Gives the colours beside the first frame to the decoded picture. */
export function fillBesideFrame(gif: Uint8Array, { width, height, rgb }: Picture): void {
  const frame = firstFrame(gif);
  if (frame === undefined) return;
  const { left, top, beside } = frame;
  const [right, bottom] = [left + frame.width, top + frame.height];
  if (left === 0 && top === 0 && right >= width && bottom >= height) return;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const inside = x >= left && x < right && y >= top && y < bottom;
      if (!inside) rgb.set(beside, 3 * (y * width + x));
    }
  }
}

/** undefined for a file that is damaged before its first frame */
function firstFrame(gif: Uint8Array): FirstFrame | undefined {
  const byte = (at: number) => gif[at] ?? 0;
  const short = (at: number) => byte(at) + 256 * byte(at + 1);
  const paletteBytes = (packed: number) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);
  let at = 13 + paletteBytes(byte(10));
  let control: number | undefined;
  while (byte(at) === 0x21) {
    if (byte(at + 1) === 0xf9) control = at + 3;
    // Blocks, each after its length, until one of length 0.
    at += 2;
    while (byte(at) > 0) at += byte(at) + 1;
    at += 1;
  }
  if (byte(at) !== 0x2c) return undefined;
  const flags = control !== undefined && byte(control) & 1 ? control : undefined;
  const palette = paletteBytes(byte(at + 9)) > 0 ? at + 10 : 13;
  const entry = palette + 3 * (flags === undefined ? 0 : byte(flags + 3));
  return {
    left: short(at + 1),
    top: short(at + 3),
    width: short(at + 5),
    height: short(at + 7),
    flags,
    beside: gif.slice(entry, entry + 3),
  };
}
