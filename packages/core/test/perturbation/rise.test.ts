import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { describe, expect, test } from "vitest";
import { rise } from "../../src/index.ts";
import { riseMasks } from "../../src/perturbation/methods/rise.ts";
import { createRandom, hashPicture } from "../../src/random.ts";
import { total } from "../compare.ts";
import { contextOf, dot, handMade } from "../hand-made-black-box.ts";
import { correlation, one } from "./known-scores.ts";

describe("rise", () => {
  test("is the paper's sum over masks, written out", async () => {
    const options = { masks: 60, cells: 3, probability: 0.4 };
    const image = { height: 7, width: 10 };
    const of = numbers(seeded(5), 70);
    const seen = Float32Array.from(numbers(seeded(6), 70));
    const score = (x: ArrayLike<number>) => Math.tanh(dot(of, x));
    const blackBox = handMade(image, (x) => [score(x)]);
    const map = await one(rise(options), contextOf(blackBox, seen, { fill: [0.5] }));
    const centred = await one(
      rise({ ...options, centred: true }),
      contextOf(blackBox, seen, { fill: [0.5] }),
    );

    // Masks once more: cells of 3 x 4 pixels, 4 x 4 of them, of which each pixel's centre finds its place among 3 x 3.
    const random = createRandom(1, hashPicture(seen));
    const sum = new Float64Array(70);
    const plain = new Float64Array(70);
    const scores: number[] = [];
    for (let n = 0; n < options.masks; n += 1) {
      const grid = Array.from({ length: 9 }, () => (random.uniform() < 0.4 ? 1 : 0));
      const [top, left] = [random.below(3), random.below(4)];
      const mask = Array.from({ length: 70 }, (_, pixel) => {
        const place = (at: number, side: number) => Math.min(Math.max(((at + 0.5) * 3) / side - 0.5, 0), 2);
        const y = place(top + Math.floor(pixel / 10), 12);
        const x = place(left + (pixel % 10), 16);
        // A cell counts by how near it is: bilinear interpolation is the product of two tents.
        return total(
          grid.map(
            (bit, cell) =>
              bit *
              Math.max(0, 1 - Math.abs(y - Math.floor(cell / 3))) *
              Math.max(0, 1 - Math.abs(x - (cell % 3))),
          ),
        );
      });
      const value = score(Float32Array.from(seen, (v, i) => v * (mask[i] ?? 0) + 0.5 * (1 - (mask[i] ?? 0))));
      scores.push(value);
      for (const [i, part] of mask.entries()) {
        sum[i] = (sum[i] ?? 0) + value * part;
        plain[i] = (plain[i] ?? 0) + part;
      }
    }
    const mean = total(scores) / options.masks;
    expect(map).toBeNear(
      sum.map((value) => value / (60 * 0.4)),
      1e-5,
    );
    expect(centred).toBeNear(
      sum.map((value, i) => (value - mean * (plain[i] ?? 0)) / (60 * 0.4)),
      1e-4,
    );
  });

  test("masks see each pixel with the given probability", () => {
    const image = { height: 9, width: 9 };
    const mean = new Float64Array(81);
    const options = { masks: 4000, cells: 4, probability: 0.3 };
    for (const mask of riseMasks(createRandom(3), image, options)) {
      for (const [i, part] of mask.entries()) mean[i] = (mean[i] ?? 0) + part / options.masks;
    }
    // Standard error at most sqrt(0.21 / 4000) = 0.0072; four of them.
    for (const value of mean) expect(Math.abs(value - 0.3)).toBeLessThan(0.03);
  });

  test("a pixel that does not matter gets the mean score, or nothing if centred", async () => {
    const blackBox = handMade({ height: 16, width: 16 }, (x) => [2 + (x[0] ?? 0)]);
    const seen = new Float32Array(256).fill(1);
    const options = { masks: 3000, cells: 4 };
    const map = await one(rise(options), contextOf(blackBox, seen));
    // E[score] = 2.5; seen with the first pixel, about 3.
    expect(map[255]).toBeCloseTo(2.5, 0);
    expect(map[0]).toBeGreaterThan(2.8);
    const centred = await one(rise({ ...options, centred: true }), contextOf(blackBox, seen));
    expect(Math.abs(centred[255] ?? 1)).toBeLessThan(0.03);
    expect(centred[0]).toBeGreaterThan(0.3);
  });

  test("points at the region that the score depends on", async () => {
    const inside = (pixel: number) => pixel % 24 >= 14 && Math.floor(pixel / 24) < 10;
    const blackBox = handMade({ height: 24, width: 24 }, (x) => [
      Math.tanh(x.reduce((sum, value, i) => sum + (inside(i) ? value / 50 : 0), 0)),
    ]);
    const map = await one(
      rise({ masks: 500, cells: 6, centred: true }),
      contextOf(blackBox, new Float32Array(576).fill(1)),
    );
    const region = Float64Array.from(map, (_, pixel) => (inside(pixel) ? 1 : 0));
    expect(correlation(map, region)).toBeGreaterThan(0.8);
  });
});
