import { expect, test } from "vitest";
import { enlargeSmoothly, repeatPixels, zoomFor } from "../src/heatmaps/enlarge.ts";

const grey = (width: number, values: readonly number[]) => ({
  width,
  height: values.length / width,
  rgb: Uint8Array.from(values.flatMap((v) => [v, v, v])),
});
const reds = ({ rgb }: { rgb: Uint8Array }) => [...rgb].filter((_, i) => i % 3 === 0);

test("networks' pictures come to about the same size by whole numbers", () => {
  expect([28, 32, 64, 128, 224, 299, 512].map((side) => side * zoomFor(side, side))).toEqual([
    392, 384, 384, 384, 448, 299, 512,
  ]);
  expect(zoomFor(64, 256)).toBe(2);
});

test("squares repeat pixels", () => {
  expect(reds(repeatPixels(grey(2, [1, 2, 3, 4]), 2))).toEqual([
    1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4,
  ]);
});

test("smooth enlargement is upright, in place and without steps", () => {
  const picture = grey(4, [0, 60, 120, 180, 0, 60, 120, 180]);
  const { width, height, ...large } = enlargeSmoothly(picture, 3);
  expect([width, height]).toEqual([12, 6]);
  const row = reds(large).slice(0, 12);
  // The middle of each square is the pixel itself, and between the inner ones a straight line stays straight.
  expect([row[1], row[4], row[7], row[10]]).toEqual([0, 60, 120, 180]);
  expect(row.slice(4, 8)).toEqual([60, 80, 100, 120]);
  expect(reds(large).slice(60)).toEqual(row);
});
