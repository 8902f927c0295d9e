import { readdirSync, readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { classesIn, demoPictures, picturesFolder, renderScene } from "../src/index.ts";

test("the folder holds exactly the listed pictures", () => {
  const files = readdirSync(picturesFolder).toSorted();
  expect(files).toEqual(demoPictures.map(({ name }) => `${name}.png`).toSorted());
});

test.each(demoPictures)("$name.png shows its scene", ({ name, file, scene }) => {
  const rendered = renderScene(scene);
  expect(classesIn(rendered).map((className) => className.replace(" ", "-"))).toEqual(name.split("_"));
  expect(decode(readFileSync(file))).toEqual(Buffer.from(rendered.rgb));
});

/** The pixels of a PNG as this package writes it: one IDAT chunk after the 33 bytes of header, "Up" filter. */
function decode(png: Buffer): Buffer {
  const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const width = png.readUInt32BE(16);
  const stride = 3 * width;
  const rgb = Buffer.alloc(png.readUInt32BE(20) * stride);
  for (let i = 0; i < rgb.length; i++) {
    const row = Math.floor(i / stride);
    rgb[i] = (rows[i + row + 1] ?? 0) + (row === 0 ? 0 : (rgb[i - stride] ?? 0));
  }
  return rgb;
}
