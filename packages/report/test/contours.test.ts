import { expect, test } from "vitest";
import { contourPath, contourSegments } from "../src/contours.ts";

const cone = {
  width: 41,
  height: 41,
  values: Float32Array.from(
    { length: 41 * 41 },
    (_, i) => 20 - Math.hypot((i % 41) - 20, Math.floor(i / 41) - 20),
  ),
};

test("the line of a cone is a closed circle", () => {
  const segments = contourSegments(cone, 8);
  const ends = new Map<string, number>();
  for (const { x, y } of segments.flat()) {
    expect(Math.hypot(x - 20.5, y - 20.5)).toBeCloseTo(12, 1);
    const key = `${x.toFixed(3)} ${y.toFixed(3)}`;
    ends.set(key, (ends.get(key) ?? 0) + 1);
  }
  expect(segments.length).toBeGreaterThan(60);
  expect([...ends.values()].every((count) => count % 2 === 0)).toBe(true);
});

test("a line that reaches the edge ends there, and a level that is not reached has none", () => {
  const step = { width: 3, height: 3, values: Float32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1) };
  expect(contourSegments(step, 0.5)).toEqual([
    [
      { x: 2, y: 0.5 },
      { x: 2, y: 1.5 },
    ],
    [
      { x: 2, y: 1.5 },
      { x: 2, y: 2.5 },
    ],
  ]);
  expect(contourSegments(step, 2)).toEqual([]);
  expect(contourPath(contourSegments(step, 0.5).slice(0, 1), 10)).toBe("M20.0 5.0L20.0 15.0");
});

test("of a saddle the two corners that belong together are not cut off from each other", () => {
  const saddle = { width: 2, height: 2, values: Float32Array.of(1, 0, 0, 1) };
  const joined = contourSegments(saddle, 0.4);
  const apart = contourSegments(saddle, 0.6);
  expect(joined).toHaveLength(2);
  expect(apart).toHaveLength(2);
  // Apart, each segment goes around a high corner; joined, around a low one.
  const corner = ([a, b]: (typeof joined)[number]) =>
    Math.sign((a.x + b.x) / 2 - 1) * Math.sign((a.y + b.y) / 2 - 1);
  expect(apart.map(corner)).toEqual([1, 1]);
  expect(joined.map(corner)).toEqual([-1, -1]);
});
