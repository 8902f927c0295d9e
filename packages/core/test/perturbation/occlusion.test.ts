import { describe, expect, test } from "vitest";
import { occlusion } from "../../src/index.ts";
import { occlusionParameters } from "../../src/internal.ts";
import { total } from "../compare.ts";
import { contextOf, dot, handMade } from "../hand-made-black-box.ts";
import { one, picture, pixels, size, weights } from "./known-scores.ts";

describe("occlusion", () => {
  test("on a linear network is the mean of the hidden weights times what was lost", async () => {
    const [of = []] = weights;
    const fill = [0.25, -0.5];
    const blackBox = handMade({ ...size, channels: 2 }, (x) => [dot(of, x)]);
    const map = await one(occlusion({ window: 3, stride: 2 }), contextOf(blackBox, picture, { fill }));
    const lost = (y: number, x: number) =>
      [0, 1].reduce((sum, c) => {
        const at = c * pixels + y * size.width + x;
        return sum + (of[at] ?? 0) * ((picture[at] ?? 0) - (fill[c] ?? 0));
      }, 0);
    // 6 rows: squares at 0, 2 and, flush with the edge, 3. 8 columns: at 0, 2, 4 and 5.
    const squares = [0, 2, 3].flatMap((top) => [0, 2, 4, 5].map((left) => [top, left] as const));
    const expected = Array.from({ length: pixels }, (_, pixel) => {
      const [y, x] = [Math.floor(pixel / size.width), pixel % size.width];
      const drops = squares
        .filter(([top, left]) => y >= top && y < top + 3 && x >= left && x < left + 3)
        .map(([top, left]) => {
          const rows = [top, top + 1, top + 2];
          return total(rows.flatMap((row) => [left, left + 1, left + 2].map((column) => lost(row, column))));
        });
      return total(drops) / drops.length;
    });
    expect(map).toBeNear(expected, 1e-6);
    expect(total(blackBox.groups)).toBe(12);
  });

  test("a window of one pixel gives each pixel its own drop", async () => {
    const [of = []] = weights;
    const blackBox = handMade(size, (x) => [dot(of, x)]);
    const map = await one(occlusion({ window: 1 }), contextOf(blackBox, picture.subarray(0, pixels)));
    expect(map).toBeNear(
      Array.from(map, (_, i) => (of[i] ?? 0) * (picture[i] ?? 0)),
      1e-5,
    );
  });

  test("the window is an eighth of the shorter side unless told, the stride half of it", () => {
    expect(occlusionParameters({ height: 224, width: 224 })).toEqual({ window: 28, stride: 14 });
    expect(occlusionParameters({ height: 64, width: 128 })).toEqual({ window: 8, stride: 4 });
    expect(occlusionParameters({ height: 2, width: 2 })).toEqual({ window: 1, stride: 1 });
  });
});
