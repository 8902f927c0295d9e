import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preprocess } from "@onnx-lrp/pictures";
import sharp from "sharp";
import { expect, test } from "vitest";
import { decodeImage, pictureSize } from "../src/image.ts";
import { temporaryFolder } from "./shared.ts";

interface PilPicture {
  /** PIL's mode of the file. */
  readonly mode: string;
  readonly width: number;
  readonly height: number;
  /** In base64, as the rest: the file, `convert("RGB")` and the alpha of `convert("RGBA")`. */
  readonly file: string;
  readonly rgb: string;
  readonly alpha: string;
  /** torchvision's Resize(8), CenterCrop(7) of it. */
  readonly seen: string;
}

// pil/make.py writes it.
const pictures: Readonly<Record<string, PilPicture>> = JSON.parse(
  readFileSync(fileURLToPath(new URL("pil/pictures.json", import.meta.url)), "utf8"),
);

async function saved(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, Buffer.from(pictures[name]?.file ?? "", "base64"));
  return path;
}

test.each(Object.keys(pictures))("%s has PIL's numbers", async (name) => {
  const path = await saved(name);
  const { width, height, rgb, alpha } = await decodeImage(path);
  const wanted = pictures[name];
  expect([width, height]).toEqual([wanted?.width, wanted?.height]);
  expect(await pictureSize(path)).toEqual({ width, height });
  expect(Buffer.from(rgb).toString("base64")).toBe(wanted?.rgb);
  expect(Buffer.from(alpha ?? new Uint8Array(width * height).fill(255)).toString("base64")).toBe(
    wanted?.alpha,
  );
});

test.each(Object.keys(pictures))("a network sees %s as with torchvision", async (name) => {
  const spec = {
    name: "test",
    fit: "crop",
    cropRatio: 7 / 8,
    scale: 1 / 255,
    mean: [0.5],
    std: [0.25],
    order: "rgb",
  } as const;
  const shape = { width: 7, height: 7, channels: 3, layout: "nhwc" } as const;
  const { data } = preprocess(await decodeImage(await saved(name)), spec, shape);
  const wanted = Buffer.from(pictures[name]?.seen ?? "", "base64");
  expect(data).toEqual(Float32Array.from(wanted, (byte) => (byte / 255 - 0.5) / 0.25));
});

test("the colour profile of these files would change them", async () => {
  const managed = await sharp(Buffer.from(pictures["profile.png"]?.file ?? "", "base64"))
    .raw()
    .toBuffer();
  const wanted = Buffer.from(pictures["profile.png"]?.rgb ?? "", "base64");
  expect(Math.max(...managed.map((value, i) => Math.abs(value - (wanted[i] ?? 0))))).toBeGreaterThan(50);
});

test.each([
  [
    "12-in-16-bit.png",
    /12-in-16-bit\.png" has 16 bits per sample and uses 12 of them \(up to 4064\).* almost black/,
  ],
  ["16-bit-grey.png", /numbers from 0 to \d+, of which those outside of 0 to 255 \(\d+ %\) become 0 or 255/],
  ["int.tif", /numbers from -90 to \d+, of which those outside of 0 to 255/],
])("%s comes with a note", async (name, note) => {
  expect((await decodeImage(await saved(name))).notes).toEqual([expect.stringMatching(note)]);
});

test("other pictures come without notes", async () => {
  for (const name of ["plain.png", "16-bit.png", "alpha.png", "cmyk.jpg", "32-bit-alpha.bmp", "moving.gif"]) {
    expect((await decodeImage(await saved(name))).notes).toEqual([]);
  }
});
