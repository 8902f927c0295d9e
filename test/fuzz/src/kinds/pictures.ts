/** Picture files of every format that is read, with edited bytes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { decodeImage } from "@onnx-lrp/node";
import { decodeForChannels, pictureSize } from "@onnx-lrp/node/internal";
import fc from "fast-check";
import sharp from "sharp";
import { type ByteEdit, byteEdit, editBytes } from "../edit-bytes.ts";
import type { Kind } from "../kind.ts";

type Edit = { readonly what: "seed"; readonly format: number } | ByteEdit;

const size = { width: 24, height: 20 };

function noise(channels: 1 | 2 | 3 | 4): Buffer {
  return Buffer.from(Array.from({ length: size.width * size.height * channels }, (_, i) => (i * 7919) % 251));
}

const raw = (channels: 1 | 2 | 3 | 4) => sharp(noise(channels), { raw: { ...size, channels } });

const seeds: readonly (() => Promise<Buffer>)[] = [
  () => raw(3).png().toBuffer(),
  () => raw(4).png({ progressive: true }).toBuffer(),
  () => raw(3).png({ palette: true, colours: 8 }).toBuffer(),
  () => raw(3).toColourspace("rgb16").png().toBuffer(),
  () => raw(1).toColourspace("b-w").png().toBuffer(),
  () => raw(3).jpeg().toBuffer(),
  () =>
    raw(3)
      .jpeg({ progressive: true })
      .withExif({ IFD0: { Software: "x" } })
      .toBuffer(),
  () => raw(3).webp().toBuffer(),
  () => raw(4).webp({ lossless: true }).toBuffer(),
  () => raw(3).gif().toBuffer(),
  () => raw(4).gif({ progressive: true }).toBuffer(),
  () => raw(3).tiff({ compression: "none" }).toBuffer(),
  () => raw(3).tiff({ compression: "lzw", predictor: "horizontal" }).toBuffer(),
  () => raw(4).tiff({ compression: "deflate", tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
  () => raw(1).tiff({ compression: "jpeg" }).toBuffer(),
  async () => bmp(24),
  async () => bmp(8),
];

/** Windows' bitmap with a header of 40 bytes. */
function bmp(bits: 8 | 24): Buffer {
  const row = Math.ceil((size.width * bits) / 32) * 4;
  const palette = bits === 8 ? 1024 : 0;
  const bytes = Buffer.alloc(54 + palette + row * size.height, 1);
  bytes.write("BM", 0, "latin1");
  for (const [at, value] of [
    [2, bytes.length],
    [6, 0],
    [10, 54 + palette],
    [14, 40],
    [18, size.width],
    [22, size.height],
  ]) {
    bytes.writeUInt32LE(value ?? 0, at ?? 0);
  }
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bits, 28);
  bytes.fill(0, 30, 54);
  return bytes;
}

const made = new Map<number, Buffer>();

async function bytesOf(edits: readonly Edit[]): Promise<Buffer> {
  const [first] = edits;
  const format = first?.what === "seed" ? first.format : 0;
  const seed = made.get(format) ?? (await seeds[format]?.()) ?? Buffer.alloc(0);
  made.set(format, seed);
  const bytes = editBytes(
    seed,
    edits.filter((edit): edit is ByteEdit => edit.what !== "seed"),
  );
  return bytes.subarray(1, 4).toString("latin1") === "PNG" ? withChecksums(bytes) : bytes;
}

/** Behind a wrong checksum nothing of a PNG is looked at. */
function withChecksums(bytes: Buffer): Buffer {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (at + 12 + length > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return bytes;
}

export const pictures: Kind<Edit> = {
  edits: fc
    .tuple(
      fc.nat(seeds.length - 1).map((format) => ({ what: "seed" as const, format })),
      fc.array(byteEdit, { minLength: 1, maxLength: 4 }),
    )
    .map(([seed, edits]) => [seed, ...edits]),
  async run(edits, folder) {
    const path = join(folder, "picture.png");
    writeFileSync(path, await bytesOf(edits));
    const results = await Promise.allSettled([
      decodeImage(path),
      pictureSize(path),
      decodeForChannels(path, 5),
    ]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  },
  async file(edits) {
    return { name: "picture.png", bytes: await bytesOf(edits) };
  },
};
