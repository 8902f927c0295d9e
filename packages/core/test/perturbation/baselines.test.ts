import { describe, expect, test } from "vitest";
import { edge, random } from "../../src/internal.ts";
import { contextOf, handMade } from "../hand-made-black-box.ts";
import { correlation, one } from "./known-scores.ts";

describe("baselines", () => {
  test("random is uniform from -1 to 1, and another for each class", async () => {
    const blackBox = handMade({ height: 100, width: 100 }, () => [0, 0]);
    const [first = [], second = [], again = []] = await random()(
      contextOf(blackBox, new Float32Array(10_000), { targets: [0, 1, 0] }),
    );
    expect(again).toEqual(first);
    expect(Math.abs(correlation(first, second))).toBeLessThan(0.04);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const value of first) {
      expect(Math.abs(value)).toBeLessThanOrEqual(1);
      const tenth = Math.min(9, Math.floor((value + 1) * 5));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // Standard deviation 30; five of them.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(blackBox.groups).toEqual([]);
  });

  test("edge is the slope of a ramp, in any direction, and nothing on a flat picture", async () => {
    const blackBox = handMade({ height: 5, width: 7, channels: 3 }, () => [0, 0]);
    const slope = Float32Array.from({ length: 105 }, (_, i) => {
      const [y, x] = [Math.floor((i % 35) / 7), i % 7];
      return 3 * x + 4 * y + 10 * Math.floor(i / 35);
    });
    const [map = [], same = []] = await edge()(
      contextOf(blackBox, slope, { targets: [0, 1], fill: [0, 0, 0] }),
    );
    expect(same).toEqual(map);
    for (let y = 1; y < 4; y += 1) {
      for (let x = 1; x < 6; x += 1) expect(map[y * 7 + x]).toBeCloseTo(5, 5);
    }
    // At the left edge what lies beyond is like the edge itself: half of the slope across remains.
    expect(map[2 * 7]).toBeCloseTo(Math.hypot(1.5, 4), 5);
    const flat = await one(edge(), contextOf(blackBox, new Float32Array(105).fill(3)));
    expect(flat).toEqual(new Float32Array(35));
  });

  test("edge is Sobel's filters on one bright pixel, of either layout", async () => {
    for (const layout of ["nchw", "nhwc"] as const) {
      const blackBox = handMade({ height: 5, width: 5, channels: 3, layout }, () => [0]);
      const spot = new Float32Array(75);
      for (let c = 0; c < 3; c += 1) spot[layout === "nchw" ? c * 25 + 12 : 12 * 3 + c] = 8;
      const map = await one(edge(), contextOf(blackBox, spot));
      const corner = Math.SQRT2;
      const ring = [corner, 2, corner, 2, 0, 2, corner, 2, corner];
      const expected = new Float32Array(25);
      for (const [i, value] of ring.entries()) expected[6 + 5 * Math.floor(i / 3) + (i % 3)] = value;
      expect(map).toBeNear(expected, 1e-6);
    }
  });
});
