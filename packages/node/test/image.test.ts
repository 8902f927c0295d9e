import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage, isPictureFile } from "../src/image.ts";
import { temporaryFolder } from "./shared.ts";

/** Six by four pixels: the left half red, the right half blue. */
function redBlue() {
  const rgb = Buffer.alloc(6 * 4 * 3);
  for (let i = 0; i < 24; i++) rgb.set(i % 6 < 3 ? [255, 0, 0] : [0, 0, 255], i * 3);
  return sharp(rgb, { raw: { width: 6, height: 4, channels: 3 } });
}

async function decoded(name: string, image: Sharp) {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, await image.toBuffer());
  const picture = await decodeImage(path);
  expect(picture.rgb).toHaveLength(picture.width * picture.height * 3);
  return { ...picture, first: [...picture.rgb.subarray(0, 3)], last: [...picture.rgb.subarray(-3)] };
}

function expectNear(colour: readonly number[], wanted: readonly number[], within: number) {
  wanted.forEach((value, i) => {
    expect(Math.abs((colour[i] ?? Number.NaN) - value), `${colour} near ${wanted}`).toBeLessThanOrEqual(
      within,
    );
  });
}

describe("every format decodes to 8-bit RGB", () => {
  const cases: [string, Sharp, number][] = [
    ["a.png", redBlue().png(), 0],
    ["a.jpg", redBlue().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }), 3],
    ["a.webp", redBlue().webp({ lossless: true }), 0],
    ["a.gif", redBlue().gif(), 3],
    ["a.tiff", redBlue().tiff({ compression: "lzw" }), 0],
    ["16-bit.png", redBlue().toColourspace("rgb16").png(), 1],
    ["palette.png", redBlue().png({ palette: true }), 1],
    // No colour of a printer is a screen's pure red or blue.
    ["cmyk.jpg", redBlue().toColourspace("cmyk").jpeg({ quality: 100 }), 120],
  ];
  test.each(cases)("%s", async (name, image, within) => {
    const { width, height, first, last } = await decoded(name, image);
    expect([width, height]).toEqual([6, 4]);
    expectNear(first, [255, 0, 0], within);
    expectNear(last, [0, 0, 255], within);
  });

  test("a CMYK file really was one", async () => {
    const bytes = await redBlue().toColourspace("cmyk").jpeg().toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
  });
});

test("grey, with and without alpha, in 8 and 16 bit", async () => {
  const grey = () => sharp(Buffer.from([0, 100, 200, 255]), { raw: { width: 2, height: 2, channels: 1 } });
  const plain = await decoded("grey.png", grey().toColourspace("b-w").png());
  expect([...plain.rgb]).toEqual([0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255]);

  const deep = await decoded("grey16.png", grey().toColourspace("grey16").png());
  expectNear([...deep.rgb.subarray(3, 6)], [100, 100, 100], 1);

  const alpha = sharp(Buffer.from([0, 255, 0, 0]), { raw: { width: 2, height: 1, channels: 2 } });
  const flat = await decoded("grey-alpha.png", alpha.png());
  expect([...flat.rgb]).toEqual([0, 0, 0, 255, 255, 255]);
});

test("transparent parts become white", async () => {
  const raw = { width: 1, height: 1, channels: 4 } as const;
  const { first } = await decoded("alpha.png", sharp(Buffer.from([255, 0, 0, 128]), { raw }).png());
  expectNear(first, [255, 127, 127], 1);
});

test("the EXIF orientation is applied", async () => {
  const { width, height, first, last } = await decoded(
    "turned.png",
    redBlue().withMetadata({ orientation: 6 }).png(),
  );
  expect([width, height]).toEqual([4, 6]);
  expectNear(first, [255, 0, 0], 0);
  expectNear(last, [0, 0, 255], 0);
});

test("an animation gives its first frame", async () => {
  const raw = { width: 2, height: 4, channels: 3, pageHeight: 2 } as const;
  const frames = Buffer.from([...new Array(4).fill([255, 0, 0]), ...new Array(4).fill([0, 255, 0])].flat());
  const { width, height, last } = await decoded("moving.gif", sharp(frames, { raw }).gif({ delay: 100 }));
  expect([width, height]).toEqual([2, 2]);
  expectNear(last, [255, 0, 0], 3);
});

describe("what is no whole picture is refused, naming the file", () => {
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
  const noisy = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  test.each(["jpeg", "png", "webp", "gif", "tiff"] as const)("a %s cut off in the middle", async (format) => {
    const path = join(await temporaryFolder(), `half.${format}`);
    const whole = await noisy.clone().toFormat(format).toBuffer();
    await writeFile(path, whole.subarray(0, whole.length / 2));
    await expect(decodeImage(path)).rejects.toMatchObject({
      kind: "input",
      message: expect.stringMatching(/half\..*(damaged or cut off|not a picture)/),
    });
  });

  test("other files", async () => {
    const folder = await temporaryFolder();
    const file = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return decodeImage(join(folder, name));
    };
    await expect(file("empty.png", "")).rejects.toThrow(/empty\.png" is empty/);
    await expect(file("text.png", "no picture at all")).rejects.toThrow(/text\.png" is not a picture/);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    await expect(file("drawing.png", svg)).rejects.toThrow(/drawing\.png" is a svg file/);
    await expect(decodeImage(join(folder, "none.jpg"))).rejects.toThrow(/There is no picture ".*none\.jpg"/);
    await expect(decodeImage(folder)).rejects.toThrow(/is a folder/);
  });

  test("more pixels than the limit", async () => {
    const path = join(await temporaryFolder(), "vast.png");
    // The header alone says it: width and height at bytes 16 and 20, the chunk's checksum behind.
    const png = await noisy.clone().png().toBuffer();
    png.writeUInt32BE(20000, 16);
    png.writeUInt32BE(10001, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await writeFile(path, png);
    await expect(decodeImage(path)).rejects.toThrow(/vast\.png" has more than 200 million pixels/);
  });
});

test("pictures are known by their extension", () => {
  expect(["a.jpg", "B.JPEG", "c.png", "d.webp", "e.gif", "f.tif", "g.TIFF"].every(isPictureFile)).toBe(true);
  expect(["a.txt", "jpg", "a.png.npy", ".png"].some(isPictureFile)).toBe(false);
});
