import { expect, test } from "vitest";
import type { BandPicture } from "../src/picture.ts";
import { preprocessBands } from "../src/preprocessing/preprocess-bands.ts";
import { preprocessPresets } from "../src/preprocessing/preprocess-spec.ts";

const squash = { ...preprocessPresets.none, fit: "squash" } as const;

/** 5 x 7 pixels of two bands; the second is the first, halved. */
function slope<T extends Float32Array | Uint16Array>(data: T): BandPicture {
  for (let i = 0; i < 35; i += 1) {
    const value = ((i % 5) * 37 + Math.floor(i / 5) * 91) % 1000;
    data[2 * i] = value;
    data[2 * i + 1] = value / 2;
  }
  return { width: 5, height: 7, bands: 2, data };
}

// Image.fromarray(numpy.float32 array).resize((3, 4), Image.BILINEAR) of Pillow 12.3
const resized = [
  [63.523807525634766, 121.66666412353516, 179.8095245361328],
  [205.13714599609375, 263.2799987792969, 321.4228515625],
  [372.5771484375, 430.7200012207031, 488.86285400390625],
  [514.1904907226562, 572.3333129882812, 630.4761962890625],
].flat();

test("bands of fractions are resized without rounding, as PIL's mode F", () => {
  const shape = { width: 3, height: 4, layout: "nchw" } as const;
  const data = preprocessBands(slope(new Float32Array(70)), squash, shape);
  resized.forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 3);
    expect(data[12 + i]).toBeCloseTo(value / 2, 3);
  });
});

test("channels last, with a mean and std for each band", () => {
  const spec = { ...squash, scale: 0.1, mean: [1, 2], std: [2, 4] };
  const shape = { width: 3, height: 4, layout: "nhwc" } as const;
  const data = preprocessBands(slope(new Float32Array(70)), spec, shape);
  resized.forEach((value, i) => {
    expect(data[2 * i]).toBeCloseTo((value * 0.1 - 1) / 2, 3);
    expect(data[2 * i + 1]).toBeCloseTo((value * 0.05 - 2) / 4, 3);
  });
});

test("bands of bytes are resized like colours, rounded to bytes", () => {
  const bytes = Uint8Array.from({ length: 4 }, (_, i) => 10 * i);
  const shape = { width: 1, height: 1, layout: "nchw" } as const;
  const data = preprocessBands({ width: 4, height: 1, bands: 1, data: bytes }, squash, shape);
  expect([...data]).toEqual([15]);
});

test("another number of means than bands is refused", () => {
  const spec = preprocessPresets.imagenet;
  expect(() =>
    preprocessBands(slope(new Uint16Array(70)), spec, { width: 3, height: 4, layout: "nchw" }),
  ).toThrow(/"imagenet" has 3 numbers under "(mean|std)", and the model takes 2 channels/);
});
