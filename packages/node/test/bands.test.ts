import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeForChannels } from "../src/image.ts";
import { temporaryFolder } from "./shared.ts";
import { type TiffPage, tiff } from "./tiff.ts";

async function decoded(pages: readonly TiffPage[], channels: number) {
  const path = join(await temporaryFolder(), "bands.tif");
  await writeFile(path, tiff(pages));
  return decodeForChannels(path, channels);
}

const counted = (count: number) => Array.from({ length: count }, (_, i) => i);

test.each([
  ["bytes", 13, Uint8Array.from(counted(13 * 6))],
  ["bytes behind colours", 5, Uint8Array.from(counted(5 * 6))],
  ["16 bits", 13, Uint16Array.from(counted(13 * 6))],
  ["16 bits, two bands", 2, Uint16Array.from(counted(2 * 6))],
  ["floating-point numbers", 7, Float32Array.from(counted(7 * 6), (i) => i / 3 - 4)],
])("as many bands as channels come as they are: %s", async (what, bands, numbers) => {
  const colours = what.includes("colours");
  const { kind, picture, notes } = await decoded([{ width: 3, height: 2, bands, numbers, colours }], bands);
  expect([kind, notes]).toEqual(["bands", []]);
  expect(picture).toEqual({ width: 3, height: 2, bands, data: numbers });
});

test("pages become bands", async () => {
  const page = (first: number) => ({
    ...{ width: 2, height: 2, bands: 1 },
    numbers: Uint16Array.from([first, first + 1, first + 2, first + 3]),
  });
  const { kind, picture } = await decoded([page(10), page(20), page(30)], 3);
  expect(kind).toBe("bands");
  const data = Uint16Array.of(10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33);
  expect(picture).toEqual({ width: 2, height: 2, bands: 3, data });
});

test("another number of pages gives the first, and says so", async () => {
  const page = { width: 2, height: 1, bands: 3, numbers: Uint8Array.of(1, 2, 3, 4, 5, 6), colours: true };
  const { kind, picture, notes } = await decoded([page, { ...page, numbers: new Uint8Array(6) }], 3);
  expect(kind).toBe("colours");
  expect(picture).toMatchObject({ width: 2, height: 1, rgb: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  expect(notes).toEqual([expect.stringMatching(/bands\.tif" has 2 pages, of which the first is taken\.$/)]);
});

test("numbers beyond bytes are mentioned", async () => {
  const numbers = Uint16Array.of(1, 2, 3, 4, 9000);
  const { notes } = await decoded([{ width: 1, height: 1, bands: 5, numbers }], 5);
  expect(notes).toEqual([expect.stringMatching(/5 bands of ".*bands\.tif" have numbers up to 9000/)]);
});

test("a fourth band beside colours goes to a network of four channels", async () => {
  const numbers = Uint8Array.of(1, 2, 3, 200);
  const { kind, picture } = await decoded([{ width: 1, height: 1, bands: 4, numbers, colours: true }], 4);
  expect(kind).toBe("colours");
  expect(picture).toMatchObject({ rgb: Uint8Array.of(1, 2, 3), alpha: Uint8Array.of(200) });
});

test("bands that no network asks for are refused", async () => {
  const numbers = new Uint8Array(13);
  const reading = decoded([{ width: 1, height: 1, bands: 13, numbers }], 3);
  await expect(reading).rejects.toThrow(
    /has 13 bands, more than a picture's colours and transparency\. Pick/,
  );
});
