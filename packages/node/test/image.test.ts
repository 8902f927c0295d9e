import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { setLimits } from "@onnx-lrp/onnx-loader";
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

test("what is too large when decoded is counted in bytes, not in pixels", async () => {
  setLimits({ pictureBytes: 100 });
  try {
    await decoded("8-bit.png", redBlue().png());
    await expect(decoded("16-bit.png", redBlue().toColourspace("rgb16").png())).rejects.toThrow(
      /16-bit\.png.* takes more than 0 MiB when decoded/,
    );
  } finally {
    setLimits({ pictureBytes: 640 * 2 ** 20 });
  }
});

test("grey, with and without alpha", async () => {
  const grey = sharp(Buffer.from([0, 100, 200, 255]), { raw: { width: 2, height: 2, channels: 1 } });
  const plain = await decoded("grey.png", grey.toColourspace("b-w").png());
  expect([...plain.rgb]).toEqual([0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255]);
  expect(plain.alpha).toBeUndefined();

  const pair = sharp(Buffer.from([9, 255, 5, 0]), { raw: { width: 2, height: 1, channels: 2 } });
  const alpha = await decoded("grey-alpha.png", pair.png());
  expect([...alpha.rgb]).toEqual([9, 9, 9, 5, 5, 5]);
  expect([...(alpha.alpha ?? [])]).toEqual([255, 0]);
});

test("transparent parts keep their colours", async () => {
  const raw = { width: 1, height: 1, channels: 4 } as const;
  const { first, alpha } = await decoded("alpha.png", sharp(Buffer.from([255, 3, 0, 0]), { raw }).png());
  expect(first).toEqual([255, 3, 0]);
  expect([...(alpha ?? [])]).toEqual([0]);
});

test("four-bit runs of an odd length are filled up to two bytes", async () => {
  // Five pixels as they are in three bytes and one of filling, then two of colour 1 in the row above.
  const runs = Buffer.from([0, 5, 0x10, 0x10, 0x10, 0, 0, 0, 2, 0x11, 0, 1]);
  const file = Buffer.alloc(14 + 40 + 8);
  file.write("BM", "latin1");
  [62, 40, 5, 2, 1 + 4 * 65536, 2].forEach((value, i) => {
    file.writeInt32LE(value, 10 + 4 * i);
  });
  file.writeInt32LE(2, 46);
  file.set([7, 8, 9, 0], 58);
  const path = join(await temporaryFolder(), "odd.bmp");
  await writeFile(path, Buffer.concat([file, runs]));
  const red = [...(await decodeImage(path)).rgb].filter((_, i) => i % 3 === 0);
  expect(red).toEqual([9, 9, 0, 0, 0, 9, 0, 9, 0, 9]);
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

  /** A BMP's headers: sizes and bits per pixel, way of packing, and one colour in the palette. */
  function bmpFile(width: number, height: number, bits: number, packing = 0): Buffer {
    const header = Buffer.alloc(58);
    header.write("BM", "latin1");
    [58, 40, width, height, 1 + bits * 65536, packing].forEach((value, i) => {
      header.writeInt32LE(value, 10 + 4 * i);
    });
    header.writeInt32LE(1, 46);
    return header;
  }

  test.each([
    ["more pixels than there are bytes", bmpFile(5000, 5000, 24), /is cut off/],
    ["more pixels than the limit", bmpFile(2 ** 30, 2 ** 30, 24), /more than 200 million pixels/],
    ["no pixels", bmpFile(0, 4, 24), /has no pixels/],
    ["half a header", bmpFile(2, 2, 24).subarray(0, 30), /is cut off/],
    ["an unknown header", Buffer.from(bmpFile(2, 2, 24).fill(9, 14, 15)), /header of 9 bytes/],
    ["a picture of another format inside", bmpFile(2, 2, 24, 4), /compressed in a way \(4\)/],
    ["seven bits", bmpFile(2, 2, 7), /has 7 bits per pixel/],
  ])("a BMP with %s", async (_, bytes, message) => {
    const path = join(await temporaryFolder(), "bad.bmp");
    await writeFile(path, bytes);
    await expect(decodeImage(path)).rejects.toMatchObject({ kind: "input", subject: { file: path } });
    await expect(decodeImage(path)).rejects.toThrow(message);
  });

  test("a BMP whose runs end early is black from there on", async () => {
    const path = join(await temporaryFolder(), "runs.bmp");
    await writeFile(path, Buffer.concat([bmpFile(3, 2, 8, 1), Buffer.from([0, 2, 200])]));
    expect((await decodeImage(path)).rgb).toEqual(new Uint8Array(18));
  });
});

test("pictures are known by their extension", () => {
  expect(
    ["a.jpg", "B.JPEG", "c.png", "d.webp", "e.gif", "f.tif", "g.TIFF", "h.bmp"].every(isPictureFile),
  ).toBe(true);
  expect(["a.txt", "jpg", "a.png.npy", ".png"].some(isPictureFile)).toBe(false);
});
