import { crc32, deflateSync } from "node:zlib";

/**
 * Encodes an 8-bit PNG, rows first: in colour from height * width * 3 bytes (red green blue), grey from height * width.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const channels = pixels.length / (width * height);
  const colourType = channels === 3 ? 2 : 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(filtered(pixels, channels * width, height), { level: 9 });
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Every row with the "Up" filter, which suits smooth pictures. */
function filtered(pixels: Uint8Array, stride: number, height: number): Uint8Array {
  const rows = new Uint8Array(height * (stride + 1));
  for (let row = 0; row < height; row++) {
    const start = row * (stride + 1);
    rows[start] = 2;
    for (let i = 0; i < stride; i++) {
      const above = row === 0 ? 0 : (pixels[(row - 1) * stride + i] ?? 0);
      rows[start + 1 + i] = (pixels[row * stride + i] ?? 0) - above;
    }
  }
  return rows;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
