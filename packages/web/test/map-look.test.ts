/** What of `<onnx-lrp-map>` needs no browser; the element itself is tested in one. */
import { smooth } from "@onnx-lrp/pictures/internal";
import { expect, test } from "vitest";
import { lookFrom } from "../src/map/look.ts";
import { canvasSize, colouredMap, paintedMap, paintedOverlay } from "../src/map/paint.ts";
import { resized } from "../src/map/resize.ts";

test("attributes are read, and what none of them says is the default", () => {
  const from = (attributes: Record<string, string>) => lookFrom((name) => attributes[name] ?? null);
  const usual = { view: "overlay", sign: "both", smoothing: "some", scale: "robust", opacity: 0.85 };
  expect(from({})).toEqual(usual);
  expect(from({ view: "map", sign: "against", opacity: "0.5" })).toEqual({
    ...usual,
    view: "map",
    sign: "against",
    opacity: 0.5,
  });
  expect(from({ view: "sideways", opacity: "2" })).toEqual({ ...usual, opacity: 1 });
  expect(from({ opacity: "much" })).toEqual(usual);
});

const ramp = { width: 3, height: 2, values: Float32Array.of(0, 1, 2, 3, 4, 5) };

test("a larger map has the same values where its pixels were, and lies evenly between them", () => {
  const large = resized(ramp, 9, 6);
  for (const [x, y] of [
    [0, 0],
    [1, 0],
    [2, 1],
  ] as const) {
    expect(large.values[(3 * y + 1) * 9 + 3 * x + 1]).toBeCloseTo(3 * y + x, 6);
  }
  expect(large.values[1 * 9 + 2]).toBeCloseTo(1 / 3, 6);
  expect(resized(ramp, 3, 2).values).toBe(ramp.values);
});

test("full colour is at the largest value, or at the percentile that outliers do not move", () => {
  const values = Float32Array.from({ length: 400 }, (_, i) => (i === 7 ? -100 : i % 2));
  const map = { width: 20, height: 20, values };
  const look = lookFrom((name) => (name === "smoothing" ? "none" : null));
  expect(colouredMap(map, { ...look, scale: "linear" }).full).toBe(100);
  expect(colouredMap(map, look).full).toBe(1);
  expect(colouredMap(map, { ...look, smoothing: "much" }).map).toEqual(smooth(map, 0.6));
});

test("the sign and the opacity that were chosen decide what colours what", () => {
  const map = { width: 2, height: 1, values: Float32Array.of(1, -1) };
  const picture = { width: 2, height: 1, data: new Uint8ClampedArray(8).fill(255) };
  const look = lookFrom((name) => (name === "smoothing" ? "none" : null));
  const coloured = colouredMap(map, look);
  const [red, , blue] = paintedMap(coloured, look);
  expect(red).toBeGreaterThan(blue ?? 0);
  const against = paintedOverlay(picture, coloured, { ...look, sign: "against" });
  expect([...against.subarray(0, 3)]).toEqual([255, 255, 255]);
  expect(against[6]).toBeGreaterThan(against[4] ?? 0);
  expect([...paintedOverlay(picture, coloured, { ...look, opacity: 0 })]).toEqual(Array(8).fill(255));
  expect(canvasSize({ width: 128, height: 64, values: new Float32Array(0) })).toEqual({
    width: 384,
    height: 192,
  });
});
