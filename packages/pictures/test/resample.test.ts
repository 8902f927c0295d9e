/** Pixels are those that Pillow 12.3 resizes to (`Image.resize`). */
import { expect, test } from "vitest";
import type { Picture } from "../src/picture.ts";
import { resample } from "../src/preprocessing/resample.ts";

const source: Picture = {
  width: 5,
  height: 4,
  rgb: Uint8Array.from({ length: 60 }, (_, i) => (i * i * 37 + i * 91 + 13) % 256),
};

test.each([
  ["bilinear", [111, 188, 159, 110, 146, 134, 124, 62, 167, 132, 139, 95, 72, 101, 135, 196, 164, 112]],
  ["bicubic", [107, 196, 165, 117, 153, 135, 120, 48, 172, 132, 134, 89, 61, 93, 138, 207, 174, 108]],
  ["lanczos", [101, 204, 168, 122, 151, 135, 122, 41, 176, 133, 134, 90, 52, 91, 143, 214, 180, 111]],
] as const)("%s, smaller", (interpolation, wanted) => {
  const size = { width: 3, height: 2 };
  const { rgb } = resample(source, size, { left: 0, top: 0, ...size }, { interpolation });
  expect([...rgb]).toEqual(wanted);
});

test.each([
  ["bilinear", [13, 141, 87, 67, 175, 102, 105, 189, 91, 99, 159, 37, 203, 56, 93, 154, 19, 105, 33, 25, 91]],
  ["bicubic", [0, 136, 79, 63, 175, 101, 110, 197, 88, 100, 157, 31, 226, 46, 90, 162, 8, 104, 22, 24, 84]],
  ["lanczos", [0, 134, 73, 63, 170, 101, 110, 202, 81, 101, 152, 27, 238, 44, 83, 166, 3, 104, 17, 27, 77]],
] as const)("%s, larger: the first row", (interpolation, wanted) => {
  const size = { width: 7, height: 5 };
  const { rgb } = resample(source, size, { left: 0, top: 0, width: 7, height: 1 }, { interpolation });
  expect([...rgb]).toEqual(wanted);
});
