import { inflateSync } from "node:zlib";

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** height * width * channels bytes, rows first. */
  readonly pixels: Buffer;
}

/** A PNG as this package writes it: one IDAT chunk after the 33 bytes of header, "Up" filter. */
export function decodePng(png: Buffer): Decoded {
  const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = png[25] === 2 ? 3 : 1;
  const stride = channels * width;
  const pixels = Buffer.alloc(height * stride);
  for (let i = 0; i < pixels.length; i++) {
    const row = Math.floor(i / stride);
    pixels[i] = (rows[i + row + 1] ?? 0) + (row === 0 ? 0 : (pixels[i - stride] ?? 0));
  }
  return { width, height, channels, pixels };
}
