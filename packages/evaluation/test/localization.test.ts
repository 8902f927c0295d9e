/** Measures that hold a map against a region: by hand, and what must hold for any map. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricByName, metrics } from "../src/index.ts";
import { type Case, contextOf, readings, single } from "./metric-context.ts";

const curves = ["pointing-game", "pointing-game-sum"];
const shares = [...curves, "relevance-mass", "relevance-rank"];
const all = [...shares, "pointing-one"];

/** 3 x 2 pixels; the strongest, the third and the weakest positive one are inside. */
const byHand: Case = { width: 3, height: 2, map: [8, 4, 2, 2, -5, 0], inside: [1, 0, 1, 0, 1, 0] };

function at(found: readonly { parameter: number; value: number; weight?: number }[], parameter: number) {
  return found.find((reading) => reading.parameter === parameter);
}

describe("extended pointing game", () => {
  test("by count: the ceiling of E % of the positive pixels, ties all in", async () => {
    const found = await readings("pointing-game", byHand);
    expect(found.map(({ parameter }) => parameter)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    // Four positive pixels: one up to 25 %, two up to 50 %, then the two that share the value 2.
    expect(at(found, 1)).toEqual({ parameter: 1, value: 1, weight: 1 });
    expect(at(found, 25)).toEqual({ parameter: 25, value: 1, weight: 1 });
    expect(at(found, 26)).toEqual({ parameter: 26, value: 1 / 2, weight: 2 });
    expect(at(found, 50)).toEqual({ parameter: 50, value: 1 / 2, weight: 2 });
    expect(at(found, 51)).toEqual({ parameter: 51, value: 2 / 4, weight: 4 });
    expect(at(found, 100)).toEqual({ parameter: 100, value: 2 / 4, weight: 4 });
  });

  test("by sum: the fewest pixels that hold E % of the relevance", async () => {
    const found = await readings("pointing-game-sum", byHand);
    // 8 of 16 up to 50 %, 12 of 16 up to 75 %.
    expect(at(found, 50)).toEqual({ parameter: 50, value: 1, weight: 1 });
    expect(at(found, 51)).toEqual({ parameter: 51, value: 1 / 2, weight: 2 });
    expect(at(found, 75)).toEqual({ parameter: 75, value: 1 / 2, weight: 2 });
    expect(at(found, 76)).toEqual({ parameter: 76, value: 1 / 2, weight: 4 });
  });

  test("the area stands for the curve", async () => {
    const found = await readings("pointing-game", byHand);
    // 1 from E = 1 to 25, half from 26 on; the trapeze between them is 3/4 high.
    const area = (24 * 1 + 0.75 + 74 * 0.5) / 99;
    expect(metricByName("pointing-game").headline?.(found)).toBeCloseTo(area, 12);
  });

  test("the energy of all pixels keeps all, whatever rounding does to sums", async () => {
    const map = Array.from({ length: 100 }, (_, i) => 10 ** (-i / 4));
    const found = await readings("pointing-game-sum", {
      width: 10,
      height: 10,
      map,
      inside: Array(100).fill(1),
    });
    expect(at(found, 100)?.weight).toBe(100);
  });
});

describe("relevance accuracies by hand", () => {
  test("mass", async () => {
    expect(await single("relevance-mass", byHand)).toBeCloseTo(10 / 16, 12);
  });

  test("rank: of the three strongest, one of two equal ones counts half", async () => {
    // 8 (inside), 4 (outside), and one of the two pixels of value 2, of which one is inside.
    expect(await single("relevance-rank", byHand)).toBeCloseTo(1.5 / 3, 12);
  });
});

describe("one-point game", () => {
  const wide = (hot: number): Case => ({
    width: 40,
    height: 1,
    map: Array.from({ length: 40 }, (_, i) => (i === hot ? 1 : 0)),
    inside: Array.from({ length: 40 }, (_, i) => (i === 5 ? 1 : 0)),
  });

  test("15 pixels away is a hit, 16 is a miss", async () => {
    expect(await single("pointing-one", wide(20))).toBe(1);
    expect(await single("pointing-one", wide(21))).toBe(0);
  });

  test("distance is Euclidean", async () => {
    const square = (x: number, y: number): Case => ({
      width: 20,
      height: 20,
      map: Array.from({ length: 400 }, (_, i) => (i === y * 20 + x ? 1 : 0)),
      inside: Array.from({ length: 400 }, (_, i) => (i === 0 ? 1 : 0)),
    });
    expect(await single("pointing-one", square(9, 12))).toBe(1);
    expect(await single("pointing-one", square(12, 9))).toBe(1);
    expect(await single("pointing-one", square(10, 12))).toBe(0);
  });

  test("equal maxima count in parts", async () => {
    const map = Array.from({ length: 40 }, (_, i) => (i === 20 || i === 30 ? 1 : 0));
    expect(await single("pointing-one", { ...wide(0), map })).toBe(0.5);
  });

  test("the nearest pixel is found as by comparing all pairs", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.infiniteStream(fc.nat(60)),
        async (width, height, stream) => {
          const inside = Array.from({ length: width * height }, () => (stream.next().value === 0 ? 1 : 0));
          const hot = (stream.next().value ?? 0) % inside.length;
          const map = inside.map((_, i) => (i === hot ? 1 : 0));
          const near = inside.some((one, i) => {
            const [dx, dy] = [(i % width) - (hot % width), Math.floor(i / width) - Math.floor(hot / width)];
            return one === 1 && dx * dx + dy * dy <= 225;
          });
          const expected = inside.includes(1) ? Number(near) : undefined;
          expect(await single("pointing-one", { width, height, map, inside })).toBe(expected);
        },
      ),
    );
  });
});

/** A region that is neither nothing nor everything, and a map. */
const pictures = fc
  .record({ width: fc.integer({ min: 2, max: 12 }), height: fc.integer({ min: 2, max: 12 }) })
  .chain(({ width, height }) => {
    const count = width * height;
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      inside: fc
        .array(fc.integer({ min: 0, max: 1 }), { minLength: count, maxLength: count })
        .filter((pixels) => pixels.includes(0) && pixels.includes(1)),
      map: fc.array(fc.integer({ min: -4, max: 9 }), { minLength: count, maxLength: count }),
    });
  });

describe.each(all)("%s", (name) => {
  const values = async (given: Case) => (await readings(name, given)).map(({ value }) => value);

  test("a perfect map scores 1", async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (given) => {
        const found = await values({ ...given, map: given.inside.map((one, i) => one * (1 + (i % 3))) });
        expect(found.length).toBeGreaterThan(0);
        for (const value of found) expect(value).toBe(1);
      }),
    );
  });

  test("a map that avoids the region scores 0", async () => {
    // Far enough away for the one-point game too.
    const inside = Array.from({ length: 400 }, (_, i) => (i % 40 < 2 ? 1 : 0));
    const map = inside.map((_, i) => (i % 40 >= 20 ? 1 + (i % 7) : -1));
    const found = await values({ width: 40, height: 10, inside, map });
    for (const value of found.slice(0, name === "relevance-rank" ? 1 : 100)) expect(value).toBe(0);
  });

  test("a constant map scores chance", async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (given) => {
        const constant = { ...given, map: given.map.map(() => 0.25) };
        const found = await readings(name, constant);
        const chance = metricByName(name).chance?.(contextOf(constant)) ?? [];
        expect(chance.map(({ parameter }) => parameter)).toEqual(found.map(({ parameter }) => parameter));
        for (const [i, { value }] of found.entries())
          expect(value).toBeCloseTo(chance[i]?.value ?? Number.NaN, 12);
      }),
    );
  });

  test("values are shares, and scaling the map changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (given) => {
        const found = await values(given);
        for (const value of found) expect(value >= 0 && value <= 1).toBe(true);
        expect(await values({ ...given, map: given.map.map((value) => value * 4) })).toEqual(found);
      }),
    );
  });

  test("without a region, or with none of it left, there is no reading", async () => {
    expect(await readings(name, { width: 2, height: 1, map: [1, 2] })).toEqual([]);
    const gone: Case = { width: 2, height: 1, map: [1, 2], inside: [0, 0] };
    expect(await readings(name, gone)).toEqual([]);
    expect(metricByName(name).chance?.(contextOf(gone))).toEqual([]);
    expect(metricByName(name).needsRegion).toBe(true);
  });
});

test("chance is the area share", () => {
  for (const name of shares) {
    const chance = metricByName(name).chance?.(contextOf(byHand)) ?? [];
    expect(chance.length).toBeGreaterThan(0);
    for (const { value } of chance) expect(value).toBe(0.5);
  }
});

test("without a positive pixel there is no reading where only positive ones count", async () => {
  const given: Case = { width: 2, height: 1, map: [-1, 0], inside: [1, 0] };
  for (const name of [...curves, "relevance-mass"]) expect(await readings(name, given)).toEqual([]);
});

test("metrics are found by name", () => {
  expect([...metrics.keys()]).toEqual([...metrics.values()].map(({ name }) => name));
  expect(() => metricByName("pointing")).toThrow(/no metric "pointing".*pointing-game/);
  expect(() => metricByName("constructor")).toThrow(/no metric/);
});
