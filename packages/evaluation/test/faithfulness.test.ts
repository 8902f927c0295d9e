/** Measures that change the picture and ask the network again: by hand, and what must hold for any map. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricByName } from "../src/index.ts";
import { blurred } from "../src/metrics/blur.ts";
import { scaledError } from "../src/metrics/infidelity.ts";
import { patchAround } from "../src/metrics/patch-masking.ts";
import { type Case, contextOf, imageOf, readings, single } from "./metric-context.ts";

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

describe("patch masking", () => {
  test("by hand: a corner's patch is clipped, and the change is after less before", async () => {
    // 4 x 3 ones, logit = their sum; the maximum is the top left corner.
    const map = [5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    const found = await readings("patch-masking", { width: 4, height: 3, map });
    const before = sigmoid(12);
    // Patches of 1, 2 x 2, 3 x 3, then (4 wide, 3 high) everything.
    const hidden = [1, 4, 9, 12, 12];
    expect(found.map(({ parameter }) => parameter)).toEqual([1, 3, 5, 7, 9]);
    for (const [i, { value }] of found.entries()) {
      expect(value).toBeCloseTo(sigmoid(12 - (hidden[i] ?? 0)) - before, 12);
    }
  });

  test("of equal maxima the first counts, also where nothing is positive", async () => {
    const logits = (picture: Float32Array) => [-10 * (picture[1] ?? 0), 0];
    const given: Case = { width: 3, height: 1, map: [-2, -1, -1], logits };
    expect((await readings("patch-masking", given))[0]?.value).toBeCloseTo(0.5 - sigmoid(-10), 9);
  });

  test.each(["nchw", "nhwc"] as const)("each channel gets its own colour (%s)", async (layout) => {
    const seen: Float32Array[] = [];
    const logits = (picture: Float32Array) => {
      seen.push(picture);
      return [0, 0];
    };
    await readings("patch-masking", {
      width: 2,
      height: 1,
      channels: 3,
      layout,
      map: [0, 1],
      fill: [7, 8, 9],
      picture: [1, 2, 3, 4, 5, 6],
      logits,
    });
    // The first was the untouched picture.
    expect([...(seen[1] ?? [])]).toEqual(layout === "nchw" ? [1, 7, 3, 8, 5, 9] : [1, 2, 3, 7, 8, 9]);
  });

  test("the second class's metric follows the target it is given", async () => {
    const given: Case = {
      width: 1,
      height: 1,
      map: [1],
      target: 1,
      logits: (picture) => [0, picture[0] ?? 0],
    };
    expect(metricByName("patch-masking-second").target).toBe("second");
    const found = await readings("patch-masking-second", given);
    for (const { value } of found) expect(value).toBeCloseTo(0.5 - sigmoid(1), 9);
  });

  test("patches lie in the picture, contain their centre, and are whole away from the border", () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 30 }),
      height: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.constantFrom(1, 3, 5, 7, 9), ({ width, height }, place, side) => {
        const pixel = place % (width * height);
        const [x, y, reach] = [pixel % width, Math.floor(pixel / width), (side - 1) / 2];
        const patch = patchAround(pixel, side, imageOf(width, height));
        expect(patch.left).toBe(Math.max(0, x - reach));
        expect(patch.right).toBe(Math.min(width, x + reach + 1));
        expect(patch.top).toBe(Math.max(0, y - reach));
        expect(patch.bottom).toBe(Math.min(height, y + reach + 1));
      }),
    );
  });
});

/** Ten by ten pixels whose logit is the sum of the first ten, ten each. */
const rowCounts: Case = {
  width: 10,
  height: 10,
  map: Array.from({ length: 100 }, (_, i) => 100 - i),
  logits: (picture) => [picture.subarray(0, 10).reduce((a, b) => a + b, 0) - 5, 0],
};

describe("deletion", () => {
  test("by hand: two pixels a step, strongest first", async () => {
    const found = await readings("deletion", rowCounts);
    expect(found.map(({ parameter }) => parameter)).toEqual(Array.from({ length: 51 }, (_, i) => 2 * i));
    for (const [i, { value }] of found.entries()) {
      expect(value).toBeCloseTo(sigmoid(Math.max(5 - 2 * i, -5)), 6);
    }
  });

  test("the headline is the area by trapezes over a range of 1", async () => {
    const found = await readings("deletion", rowCounts);
    const values = found.map(({ value }) => value);
    const inner = values.slice(1, -1).reduce((a, b) => a + b, 0);
    const area = (inner + ((values[0] ?? 0) + (values[50] ?? 0)) / 2) / 50;
    expect(metricByName("deletion").headline?.(found)).toBeCloseTo(area, 12);
  });

  test("the right order is better than the wrong one, either way", async () => {
    const wrong = { ...rowCounts, map: rowCounts.map.toReversed() };
    const area = async (name: string, given: Case) =>
      metricByName(name).headline?.(await readings(name, given)) ?? Number.NaN;
    expect(await area("deletion", rowCounts)).toBeLessThan(await area("deletion", wrong));
    const edge = { ...rowCounts, picture: Array.from({ length: 100 }, (_, i) => (i < 10 ? 1 : 0)) };
    expect(await area("insertion", edge)).toBeGreaterThan(
      await area("insertion", { ...edge, map: wrong.map }),
    );
  });

  test("equal pixels come in an order that depends on seed and picture alone", async () => {
    const constant = { ...rowCounts, map: rowCounts.map.map(() => 0) };
    const first = await readings("deletion", constant);
    expect(await readings("deletion", constant)).toEqual(first);
    expect(await readings("deletion", { ...constant, seed: 2 })).not.toEqual(first);
    // In rows from the top the first five steps would take all that counts.
    expect(first[5]?.value).toBeGreaterThan(0.5);
  });

  test("ends at the picture in one colour", async () => {
    const ends = await readings("deletion", { ...rowCounts, fill: [0.75] });
    expect(ends[50]?.value).toBeCloseTo(sigmoid(7.5 - 5), 6);
  });
});

describe("insertion", () => {
  test("goes from the blurred picture to the picture", async () => {
    const picture = Array.from({ length: 100 }, (_, i) => i % 10);
    const logits = (seen: Float32Array) => [seen[9] ?? 0, 0];
    const found = await readings("insertion", { ...rowCounts, picture, logits });
    expect(found.length).toBe(51);
    expect(found[50]?.value).toBeCloseTo(sigmoid(9), 6);
    // The window reaches one pixel: the corner is the mean of 9 and 8, by a Gaussian of 10 * 5 / 224 pixels.
    const weight = Math.exp(-1 / (2 * (50 / 224) ** 2));
    expect(found[0]?.value).toBeCloseTo(sigmoid((9 + 8 * weight) / (1 + weight)), 6);
  });

  test("blurring keeps a constant picture, and the sum of a spot far from the border", () => {
    const image = imageOf(31, 21, 2, "nhwc");
    const constant = new Float32Array(31 * 21 * 2).fill(3);
    for (const value of blurred(constant, image, 2, 5)) expect(value).toBeCloseTo(3, 5);
    const spot = new Float32Array(31 * 21 * 2);
    spot[(10 * 31 + 15) * 2 + 1] = 4;
    const after = blurred(spot, image, 2, 5);
    expect(after.reduce((a, b) => a + b, 0)).toBeCloseTo(4, 4);
    const [right, below] = [after[(10 * 31 + 17) * 2 + 1], after[(12 * 31 + 15) * 2 + 1]];
    expect(right).toBeCloseTo(below ?? Number.NaN, 6);
    expect((after[(10 * 31 + 15) * 2 + 1] ?? 0) / (right ?? 1)).toBeCloseTo(Math.exp(4 / 8), 4);
  });
});

describe("infidelity", () => {
  test("by hand: the best scale of (1, 2) for (2, 2) is 6/5", () => {
    // Residuals 0.8 and -0.4.
    expect(scaledError([1, 2], [2, 2])).toBeCloseTo((0.64 + 0.16) / 2, 12);
    expect(scaledError([0, 0], [3, 4])).toBe(12.5);
  });

  test("a linear network's own contributions have none, at any scale", async () => {
    const picture = Array.from({ length: 900 }, (_, i) => Math.sin(i));
    const weights = picture.map((_, i) => Math.cos(i / 7));
    const logits = (seen: Float32Array) => [seen.reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0), 0];
    const right = picture.map((x, i) => 3 * x * (weights[i] ?? 0));
    const given: Case = { width: 30, height: 30, picture, logits, map: right };
    expect(await single("infidelity", given)).toBeLessThan(1e-8);
    expect(await single("infidelity", { ...given, map: right.toReversed() })).toBeGreaterThan(1e-2);
  });

  test("an empty map has the mean square of what the squares do", async () => {
    const given: Case = { width: 28, height: 28, map: Array(784).fill(0) };
    // Squares of 1 ... 10 pixels out of ones: the drop is the area, whose square is side^4; a mean over 50 draws.
    const value = (await single("infidelity", given)) ?? Number.NaN;
    const expected = Array.from({ length: 10 }, (_, i) => (i + 1) ** 4).reduce((a, b) => a + b, 0) / 10;
    expect(value).toBeGreaterThan(expected * 0.5);
    expect(value).toBeLessThan(expected * 1.6);
  });

  test("tiny pictures", async () => {
    expect(await single("infidelity", { width: 1, height: 1, map: [1] })).toBeCloseTo(0, 12);
  });
});

describe("max-sensitivity", () => {
  const picture = [0, 0.25, 0.5, 1];

  test("by hand: a map that does not move has none; one that doubles has 1", async () => {
    const given: Case = { width: 4, height: 1, picture, map: [1, 2, 3, 4] };
    expect(await single("max-sensitivity", given)).toBe(0);
    expect(await single("max-sensitivity", { ...given, explain: () => [2, 4, 6, 8] })).toBeCloseTo(1, 6);
  });

  test("pictures stay within 2 % of the range, and in the range", async () => {
    const seen: Float32Array[] = [];
    const explain = (changed: Float32Array) => {
      seen.push(changed);
      return picture;
    };
    await single("max-sensitivity", { width: 4, height: 1, picture, map: picture, explain });
    expect(seen.length).toBe(10);
    const moves = seen.flatMap((changed) => [...changed].map((value, i) => value - (picture[i] ?? 0)));
    expect(Math.max(...moves.map(Math.abs))).toBeLessThanOrEqual(0.02 + 1e-7);
    expect(Math.max(...moves.map(Math.abs))).toBeGreaterThan(0.015);
    for (const changed of seen) for (const value of changed) expect(value >= 0 && value <= 1).toBe(true);
    expect(new Set(seen.map(String)).size).toBe(10);
  });

  test("for a map that is the picture it is at most 2 % of the range against the norm", async () => {
    const explain = (changed: Float32Array) => [...changed];
    const value = await single("max-sensitivity", { width: 4, height: 1, picture, map: picture, explain });
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThanOrEqual((0.02 * 2) / Math.hypot(...picture) + 1e-6);
  });

  test("an empty map gives no reading", async () => {
    expect(await readings("max-sensitivity", { width: 2, height: 1, map: [0, 0] })).toEqual([]);
  });
});

describe("sparseness", () => {
  test("by hand", async () => {
    const gini = (map: readonly number[]) => single("sparseness", { width: map.length, height: 1, map });
    expect(await gini([2, 2, -2, 2])).toBe(0);
    expect(await gini([0, 0, 0, -7])).toBe(0.75);
    // (-3 * 1 - 1 * 2 + 1 * 3 + 3 * 4) / (4 * 10)
    expect(await gini([4, -1, 2, 3])).toBeCloseTo(0.25, 12);
    expect(await gini([0, 0])).toBeUndefined();
  });

  test("a value of Chalasani's own form, 1 - 2 sum v/|v| (d - k + 1/2)/d", async () => {
    const map = Array.from({ length: 256 }, (_, i) => Math.fround(((i * 7919) % 101) / 50 - 1));
    expect(await single("sparseness", { width: 16, height: 16, map })).toBeCloseTo(0.33462291940908506, 6);
  });
});

describe.each(["patch-masking", "patch-masking-second", "deletion", "insertion", "infidelity"])(
  "%s",
  (name) => {
    const given: Case = {
      width: 12,
      height: 9,
      channels: 3,
      fill: [0.1, 0.2, 0.3],
      map: Array.from({ length: 108 }, (_, i) => Math.sin(3 * i)),
      picture: Array.from({ length: 324 }, (_, i) => Math.cos(i)),
      logits: (picture) => [Math.tanh(picture.reduce((sum, x, i) => sum + x * Math.sin(i), 0)), 0.3],
    };

    test("does not depend on the batch size, and hands on no more than a batch", async () => {
      const found = await readings(name, { ...given, batchSize: 1 });
      for (const batchSize of [2, 7, 64]) {
        const context = contextOf({ ...given, batchSize });
        expect(await metricByName(name).evaluate(context)).toEqual(found);
        expect(Math.max(...context.scorer.calls)).toBeLessThanOrEqual(batchSize);
      }
    });

    test("leaves picture and map as they were, and depends on no order", async () => {
      const context = contextOf(given);
      const metric = metricByName(name);
      const first = await metric.evaluate(context);
      const other = contextOf({ ...given, map: given.map.toReversed() });
      await metric.evaluate(other);
      expect(await metric.evaluate(context)).toEqual(first);
      expect([...context.item.data]).toEqual([...contextOf(given).item.data]);
      expect([...context.heatmap.values]).toEqual([...contextOf(given).heatmap.values]);
    });
  },
);
