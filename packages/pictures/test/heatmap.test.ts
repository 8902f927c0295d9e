import type { Heatmap } from "@onnx-lrp/core";
import { expect, test } from "vitest";
import { divergingColour } from "../src/heatmaps/colours.ts";
import { overlay, paintHeatmap, scaleOf } from "../src/heatmaps/heatmap.ts";
import { smooth } from "../src/heatmaps/smooth.ts";
import type { Picture } from "../src/picture.ts";

const map = (width: number, values: readonly number[]): Heatmap => ({
  width,
  height: values.length / width,
  values: Float32Array.from(values),
});
const pixel = ({ rgb }: Picture, i: number) => [...rgb.subarray(i * 3, i * 3 + 3)];

test("the scale is symmetric and not moved by an outlier", () => {
  const values = Array.from({ length: 1000 }, (_, i) => ((i % 2 ? -1 : 1) * (i + 1)) / 1000);
  expect(scaleOf([map(100, values)])).toBeCloseTo(0.995, 2);
  expect(scaleOf([map(100, [...values.slice(1), 1e9])])).toBeCloseTo(0.995, 2);
  expect(scaleOf([map(100, [...values.slice(1), -1e9])])).toBeCloseTo(0.995, 2);
  expect(scaleOf([map(100, values)], { percentile: 50 })).toBeCloseTo(0.5, 2);
});

test("the scale of several maps is one for all", () => {
  expect(scaleOf([map(2, [1, -2]), map(2, [4, 3])], { percentile: 100 })).toBe(4);
});

test("a sparse, an empty and a broken map have a scale", () => {
  const sparse = new Array<number>(10_000).fill(0);
  sparse[5] = -3;
  expect(scaleOf([map(100, sparse)])).toBe(3);
  expect(scaleOf([map(2, [0, 0])])).toBe(0);
  expect(scaleOf([map(4, [Number.NaN, Number.POSITIVE_INFINITY, 2, -2])])).toBe(2);
});

test("a map is painted pixel by pixel", () => {
  const painted = paintHeatmap(map(2, [2, -1, 0, Number.NaN]), 2);
  expect([painted.width, painted.height]).toEqual([2, 2]);
  const wanted = [1, -0.5, 0, 0].map(divergingColour);
  expect([0, 1, 2, 3].map((i) => pixel(painted, i))).toEqual(wanted);
  expect(pixel(paintHeatmap(map(1, [0]), 0), 0)).toEqual(divergingColour(0));
});

test("where the map is zero the overlay keeps the picture, in grey", () => {
  const rgb = Uint8Array.of(0, 0, 0, 255, 255, 255, 200, 100, 50, 200, 100, 50);
  const laid = overlay({ width: 4, height: 1, rgb }, map(4, [0, 0, 0, 0]), 1);
  const greys = [0, 1, 2].map((i) => pixel(laid, i));
  for (const [r, g, b] of greys) expect([g, b]).toEqual([r, r]);
  expect(greys[1]).toEqual([255, 255, 255]);
  expect(greys[0]?.[0]).toBeLessThan(greys[2]?.[0] ?? 0);
});

test("the overlay's colour rises with the relevance, and the picture shows through", () => {
  const rgb = new Uint8Array(12).fill(128);
  const laid = overlay({ width: 4, height: 1, rgb }, map(4, [0, 0.3, 1, -1]), 1);
  const redness = (i: number) => (pixel(laid, i)[0] ?? 0) - (pixel(laid, i)[2] ?? 0);
  expect(redness(0)).toBe(0);
  expect(redness(1)).toBeGreaterThan(10);
  expect(redness(2)).toBeGreaterThan(redness(1) + 30);
  expect(redness(3)).toBeLessThan(-100);
  const black = overlay({ width: 1, height: 1, rgb: new Uint8Array(3) }, map(1, [1]), 1);
  const white = overlay({ width: 1, height: 1, rgb: new Uint8Array(3).fill(255) }, map(1, [1]), 1);
  expect(pixel(black, 0)).not.toEqual(pixel(white, 0));
  expect(() => overlay({ width: 1, height: 1, rgb: new Uint8Array(3) }, map(2, [1, 1]), 1)).toThrow(
    RangeError,
  );
});

test("smoothing spreads relevance, keeps its sum, and 0 does nothing", () => {
  const point = new Array<number>(9 * 7).fill(0);
  point[3 * 9 + 4] = 1;
  const spread = smooth(map(9, point), 1);
  const at = (x: number, y: number) => spread.values[y * 9 + x] ?? Number.NaN;
  expect(spread.values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  expect(at(4, 3)).toBeCloseTo(1 / (2 * Math.PI), 2);
  expect(at(3, 3)).toBeCloseTo(at(4, 3) * Math.exp(-0.5), 5);
  expect(at(5, 3)).toBeCloseTo(at(4, 2), 6);
  const corner = smooth(map(3, [1, 0, 0, 0, 0, 0, 0, 0, 0]), 2);
  expect(corner.values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  const same = map(9, point);
  expect(smooth(same, 0)).toBe(same);
});
