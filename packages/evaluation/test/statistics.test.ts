/** Intervals, areas, crossings and similarities against what is known of them. */
import { createRandom } from "@onnx-lrp/core/internal";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areaUnderCurve, spearman, ssim } from "../src/index.ts";
import { createBootstrap } from "../src/internal.ts";
import { signChanges } from "../src/statistics/crossings.ts";
import { quantile } from "../src/statistics/interval.ts";
import { poissonWeights } from "../src/statistics/poisson.ts";
import { ranks } from "../src/statistics/ranks.ts";
import { isSignificant } from "../src/statistics/significance.ts";

/** Readings without a curve. */
const one = (value: number, weight = 1) => [{ parameter: 0, value, weight }];

test("a difference is significant if its interval does not contain 0, given six pairs", () => {
  const cases = [
    [{ n: 6, low: 0.1, high: 0.2 }, true],
    [{ n: 6, low: -0.2, high: -0.1 }, true],
    [{ n: 6, low: -0.1, high: 0.1 }, false],
    [{ n: 6, low: 0, high: 0.1 }, false],
    [{ n: 5, low: 0.1, high: 0.2 }, false],
    [{ n: 1, low: null, high: null }, false],
  ] as const;
  for (const [difference, expected] of cases) expect(isSignificant(difference)).toBe(expected);
});

describe("Poisson weights", () => {
  test("are distributed as Poisson(1)", () => {
    const weights = new Float64Array(100_000);
    poissonWeights(3, "a", weights);
    let factorial = 1;
    for (let k = 0; k <= 4; k += 1) {
      factorial *= Math.max(k, 1);
      const share = weights.filter((weight) => weight === k).length / weights.length;
      const expected = Math.exp(-1) / factorial;
      expect(Math.abs(share - expected)).toBeLessThan(4 * Math.sqrt(expected / weights.length));
    }
  });

  test("are independent between pictures and seeds, and always the same for one", () => {
    const drawn = (seed: number, id: string) => {
      const weights = new Float64Array(20_000);
      poissonWeights(seed, id, weights);
      return weights;
    };
    const [a, b, c] = [drawn(1, "a"), drawn(1, "b"), drawn(2, "a")];
    expect(drawn(1, "a")).toEqual(a);
    for (const other of [b, c]) {
      const covariance = a.reduce((sum, w, i) => sum + (w - 1) * ((other[i] ?? 0) - 1), 0) / a.length;
      expect(Math.abs(covariance)).toBeLessThan(4 / Math.sqrt(a.length));
    }
  });
});

describe("bootstrap", () => {
  test("mean, pooled figure and n by hand", () => {
    const bootstrap = createBootstrap({ seed: 1 });
    bootstrap.add("a", "m", one(1, 1));
    bootstrap.add("b", "m", one(0.5, 2));
    bootstrap.add("c", "m", one(0, 5));
    bootstrap.add("d", "m", []);
    const summary = bootstrap.summary("m");
    expect(summary?.points[0]?.n).toBe(3);
    expect(summary?.points[0]?.mean.value).toBeCloseTo(0.5, 12);
    expect(summary?.points[0]?.pooled.value).toBeCloseTo(2 / 8, 12);
    expect(summary?.area).toEqual(summary?.points[0]?.mean);
    expect(bootstrap.summary("other")).toBeUndefined();
    expect(bootstrap.series()).toEqual(["m"]);
  });

  test("without weights the pooled figure is the mean", () => {
    const bootstrap = createBootstrap({ seed: 1 });
    for (let i = 0; i < 10; i += 1) bootstrap.add(`${i}`, "m", [{ parameter: 0, value: i }]);
    const [point] = bootstrap.summary("m")?.points ?? [];
    expect(point?.pooled).toEqual(point?.mean);
  });

  test("weights that come late count as if all had been there from the start", () => {
    const late = createBootstrap({ seed: 1 });
    const early = createBootstrap({ seed: 1 });
    const rows: [string, number, number][] = [
      ["a", 0.1, 1],
      ["b", 0.7, 1],
      ["c", 0.4, 3],
    ];
    for (const [id, value, weight] of rows) late.add(id, "m", one(value, weight));
    for (const [id, value, weight] of rows.toReversed()) early.add(id, "m", one(value, weight));
    const [a, b] = [late.summary("m")?.pooledArea, early.summary("m")?.pooledArea];
    expect(a?.value).toBeCloseTo((0.1 + 0.7 + 1.2) / 5, 12);
    expect(b?.low).toBeCloseTo(a?.low ?? Number.NaN, 12);
    expect(b?.high).toBeCloseTo(a?.high ?? Number.NaN, 12);
  });

  test("the order of pictures does not matter, the seed does", () => {
    const values = Array.from({ length: 60 }, (_, i) => ({ id: `p${i}`, value: Math.sin(i) }));
    const interval = (rows: typeof values, seed: number) => {
      const bootstrap = createBootstrap({ seed });
      for (const { id, value } of rows) bootstrap.add(id, "m", one(value));
      return bootstrap.summary("m")?.area ?? { value: 0, low: 0, high: 0 };
    };
    const first = interval(values, 1);
    const turned = interval(values.toReversed(), 1);
    for (const key of ["value", "low", "high"] as const) expect(turned[key]).toBeCloseTo(first[key], 12);
    expect(interval(values, 1)).toEqual(first);
    expect(interval(values, 2).low).not.toBe(first.low);
  });

  test("many pictures: the interval is the normal one", () => {
    const random = createRandom(5);
    const bootstrap = createBootstrap({ seed: 9, replicates: 20_000 });
    const n = 500;
    const values = Array.from({ length: n }, () => 3 + 2 * random.normal());
    for (const [i, value] of values.entries()) bootstrap.add(`${i}`, "m", one(value));
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
    const { low, high } = bootstrap.summary("m")?.area ?? { low: 0, high: 0 };
    const half = (1.96 * deviation) / Math.sqrt(n);
    expect((mean - low) / half).toBeCloseTo(1, 1);
    expect((high - mean) / half).toBeCloseTo(1, 1);
  });

  test.each([
    { name: "normal", draw: (random: ReturnType<typeof createRandom>) => 1 + random.normal(), truth: 1 },
    { name: "uniform", draw: (random: ReturnType<typeof createRandom>) => random.uniform(), truth: 0.5 },
    {
      name: "exponential",
      draw: (random: ReturnType<typeof createRandom>) => -Math.log(1 - random.uniform()),
      truth: 1,
    },
  ])("95 % intervals cover the truth about 95 times in 100 ($name)", ({ draw, truth }) => {
    const [samples, n] = [500, 60];
    let covered = 0;
    for (let sample = 0; sample < samples; sample += 1) {
      const random = createRandom(77, sample);
      const bootstrap = createBootstrap({ seed: sample, replicates: 300 });
      for (let i = 0; i < n; i += 1) bootstrap.add(`${i}`, "m", one(draw(random)));
      const { low, high } = bootstrap.summary("m")?.area ?? { low: 0, high: 0 };
      if (low <= truth && truth <= high) covered += 1;
    }
    // Percentile intervals of 60 are a little too narrow, skewed ones more so: 93 to 94 in 100 is what theory says.
    expect(covered / samples).toBeGreaterThan(0.905);
    expect(covered / samples).toBeLessThan(0.975);
  });

  test("pooled figures: intervals cover the ratio of the means", () => {
    const [samples, n] = [400, 80];
    let covered = 0;
    for (let sample = 0; sample < samples; sample += 1) {
      const random = createRandom(78, sample);
      const bootstrap = createBootstrap({ seed: sample, replicates: 300 });
      for (let i = 0; i < n; i += 1) {
        // Large pictures are hit more often: the pooled truth is E[w v] / E[w] = (1/3) / (1/2), with v = w / 100.
        const weight = Math.ceil(100 * random.uniform());
        bootstrap.add(`${i}`, "m", one(weight / 100, weight));
      }
      const truth = 33.835 / 50.5;
      const { low, high } = bootstrap.summary("m")?.pooledArea ?? { low: 0, high: 0 };
      if (low <= truth && truth <= high) covered += 1;
    }
    expect(covered / samples).toBeGreaterThan(0.905);
    expect(covered / samples).toBeLessThan(0.98);
  });

  test("differences are paired: what both methods share cancels", () => {
    const random = createRandom(4);
    const bootstrap = createBootstrap({ seed: 1 });
    for (let i = 0; i < 100; i += 1) {
      const hard = 10 * random.normal();
      bootstrap.add(`${i}`, "a", one(hard + 1));
      bootstrap.add(`${i}`, "b", one(hard));
    }
    const area = bootstrap.difference("a", "b")?.area ?? { value: 0, low: 0, high: 0 };
    expect(area.value).toBeCloseTo(1, 9);
    expect(area.low).toBeCloseTo(1, 9);
    expect(area.high).toBeCloseTo(1, 9);
    const { low, high } = bootstrap.summary("a")?.area ?? { low: 0, high: 0 };
    expect(high - low).toBeGreaterThan(2);
    expect(bootstrap.difference("a", "none")).toBeUndefined();
  });

  test("a difference with itself is nothing, and turns its sign with its order", () => {
    const bootstrap = createBootstrap({ seed: 1 });
    for (let i = 0; i < 30; i += 1) {
      bootstrap.add(`${i}`, "a", [
        { parameter: 1, value: Math.sin(i) },
        { parameter: 2, value: i, weight: i + 1 },
      ]);
      bootstrap.add(`${i}`, "b", [{ parameter: 2, value: Math.cos(i), weight: 2 }]);
    }
    expect(bootstrap.difference("a", "a")?.area).toEqual({ value: 0, low: 0, high: 0 });
    const [there, back] = [bootstrap.difference("a", "b"), bootstrap.difference("b", "a")];
    expect(there?.points.map(({ parameter }) => parameter)).toEqual([2]);
    expect(back?.pooledArea.low).toBeCloseTo(-(there?.pooledArea.high ?? Number.NaN), 12);
  });

  test("one picture: the interval is its value", () => {
    const bootstrap = createBootstrap({ seed: 1 });
    bootstrap.add("a", "m", one(0.25));
    expect(bootstrap.summary("m")?.area).toEqual({ value: 0.25, low: 0.25, high: 0.25 });
  });

  test("areas of curves are computed replicate by replicate", () => {
    const bootstrap = createBootstrap({ seed: 1 });
    const single = createBootstrap({ seed: 1 });
    for (let i = 0; i < 40; i += 1) {
      const curve = [0, 1, 3].map((parameter) => ({ parameter, value: Math.sin(i * (parameter + 1)) }));
      // In any order.
      bootstrap.add(`${i}`, "m", curve.toReversed());
      single.add(`${i}`, "m", one(areaUnderCurve(curve)));
    }
    const [area, expected] = [bootstrap.summary("m")?.area, single.summary("m")?.area];
    expect(area?.value).toBeCloseTo(expected?.value ?? Number.NaN, 12);
    expect(area?.low).toBeCloseTo(expected?.low ?? Number.NaN, 12);
    expect(area?.high).toBeCloseTo(expected?.high ?? Number.NaN, 12);
  });

  test("400 pictures, 5 methods, 130 readings in less than 3 seconds, and memory that does not grow", () => {
    const bootstrap = createBootstrap({ seed: 1 });
    const readings = Array.from({ length: 130 }, (_, parameter) => ({
      parameter,
      value: parameter / 130,
      weight: 2,
    }));
    const add = (from: number, to: number) => {
      for (let i = from; i < to; i += 1) {
        for (let method = 0; method < 5; method += 1) bootstrap.add(`${i}`, `${method}`, readings);
      }
    };
    const start = process.cpuUsage();
    add(0, 20);
    const held = process.memoryUsage().arrayBuffers;
    add(20, 400);
    expect(process.memoryUsage().arrayBuffers - held).toBeLessThan(2 ** 20);
    // About a second, of which other processes take nothing away.
    const { user, system } = process.cpuUsage(start);
    expect(user + system).toBeLessThan(3e6);
    expect(bootstrap.summary("0")?.points[0]?.n).toBe(400);
  });
});

describe("area under the curve", () => {
  test("by hand", () => {
    const curve = [
      { parameter: 1, value: 2 },
      { parameter: 2, value: 4 },
      { parameter: 5, value: 0 },
    ];
    // 3 over one, 2 over three.
    expect(areaUnderCurve(curve)).toBeCloseTo(9 / 4, 12);
    expect(areaUnderCurve([{ parameter: 7, value: 3 }])).toBe(3);
    expect(areaUnderCurve([])).toBeNaN();
  });
});

describe("crossings", () => {
  test("changes of sign by hand", () => {
    expect(signChanges([0, 1, 2, 3], [1, -3, -1, 1])).toEqual([
      { at: 0.25, after: "below" },
      { at: 2.5, after: "above" },
    ]);
    // Touching is no crossing; of a stretch of equality the middle counts.
    expect(signChanges([0, 1, 2], [1, 0, 1])).toEqual([]);
    expect(signChanges([0, 1, 2, 3, 4], [1, 0, 0, 0, -1])).toEqual([{ at: 2, after: "below" }]);
    expect(signChanges([0, 1, 2], [0, 0, 0])).toEqual([]);
  });

  test("the interval holds the true crossing, and shrinks with the pictures", () => {
    const run = (n: number) => {
      const random = createRandom(6);
      const bootstrap = createBootstrap({ seed: 1 });
      for (let i = 0; i < n; i += 1) {
        const noise = random.normal();
        const energies = Array.from({ length: 100 }, (_, k) => k + 1);
        // a falls from above b to below it at 30 %.
        bootstrap.add(
          `${i}`,
          "a",
          energies.map((e) => ({ parameter: e, value: (30 - e) / 100 + 0.2 * noise })),
        );
        bootstrap.add(
          `${i}`,
          "b",
          energies.map((e) => ({ parameter: e, value: 0 })),
        );
      }
      return bootstrap.crossings("a", "b");
    };
    const [few, ...others] = run(50);
    const [many] = run(2000);
    expect(others).toEqual([]);
    for (const crossing of [few, many]) {
      expect(crossing?.after).toBe("below");
      expect(crossing?.share).toBeGreaterThan(0.99);
      expect(crossing?.low).toBeLessThan(30);
      expect(crossing?.high).toBeGreaterThan(30);
    }
    const width = (crossing: typeof few) => (crossing?.high ?? 0) - (crossing?.low ?? 0);
    // The mean of the noise has deviation 20 / sqrt(n) percent.
    expect(width(few) / ((2 * 1.96 * 20) / Math.sqrt(50))).toBeCloseTo(1, 0);
    expect(width(few)).toBeGreaterThan(4 * width(many));
  });

  test("the other way round it is the same crossing the other way", () => {
    const bootstrap = createBootstrap({ seed: 3 });
    for (let i = 0; i < 20; i += 1) {
      bootstrap.add(
        `${i}`,
        "a",
        [0, 1].map((e) => ({ parameter: e, value: e + 0.01 * i, weight: 1 + i })),
      );
      bootstrap.add(
        `${i}`,
        "b",
        [0, 1].map((e) => ({ parameter: e, value: 0.5, weight: 1 })),
      );
    }
    const [there] = bootstrap.crossings("a", "b", "pooled");
    const [back] = bootstrap.crossings("b", "a", "pooled");
    expect(there?.after).toBe("above");
    expect(back).toEqual({ ...there, after: "below" });
    expect(bootstrap.crossings("a", "a")).toEqual([]);
    expect(bootstrap.crossings("a", "none")).toEqual([]);
  });
});

test("quantiles between values", () => {
  expect(quantile(Float64Array.of(1, 2, 4), 0.5)).toBe(2);
  expect(quantile(Float64Array.of(1, 2, 4), 0.75)).toBe(3);
  expect(quantile(Float64Array.of(1, 2, 4), 1)).toBe(4);
});

const pattern = {
  a: Float32Array.from({ length: 256 }, (_, i) => ((i * 7919) % 101) / 50 - 1),
  b: Float32Array.from(
    { length: 256 },
    (_, i) => ((i * 104_729) % 97) / 48 - 0.8 + 0.5 * (((i * 7919) % 101) / 50 - 1),
  ),
};

describe("Spearman's rank correlation", () => {
  test("ranks of equal values are their mean", () => {
    expect([...ranks(Float32Array.of(3, 1, 3, 2, 3))]).toEqual([4, 1, 4, 2, 4]);
  });

  test("by hand, ties among them", () => {
    // Ranks 1, 2.5, 2.5, 4 and 2, 1, 3, 4: 3 / sqrt(4.5 * 5).
    expect(spearman(Float32Array.of(1, 2, 2, 5), Float32Array.of(0, -1, 7, 8))).toBeCloseTo(
      3 / Math.sqrt(22.5),
      12,
    );
  });

  test("as scipy has it", () => {
    expect(spearman(pattern.a, pattern.b)).toBeCloseTo(0.4124535931144568, 6);
    expect(spearman(pattern.a, pattern.b, { absolute: true })).toBeCloseTo(0.055116553766163645, 3);
  });

  test("does not change under what keeps the order, and is undefined of a constant", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(numbers, (values) => {
        const a = Float32Array.from(values);
        expect(spearman(a, a.map(Math.atan))).toBeCloseTo(1, 12);
        expect(
          spearman(
            a,
            a.map((value) => -value),
          ),
        ).toBeCloseTo(-1, 12);
      }),
    );
    expect(spearman(Float32Array.of(1, 1), Float32Array.of(1, 2))).toBeUndefined();
  });
});

describe("structural similarity", () => {
  const map = (values: Float32Array) => ({ width: 16, height: 16, values });

  test("as scikit-image has it", () => {
    expect(ssim(map(pattern.a), map(pattern.b))).toBeCloseTo(-0.12727010130423497, 6);
    expect(ssim(map(pattern.a), map(pattern.b), { absolute: true })).toBeCloseTo(0.02164672092737773, 6);
  });

  test("1 for the same map at any scale, less for another, and it is symmetric", () => {
    const [a, b] = [map(pattern.a), map(pattern.b)];
    expect(ssim(a, map(pattern.a.map((value) => 8 * value)))).toBeCloseTo(1, 12);
    expect(ssim(a, map(pattern.a.map((value) => -value)))).toBeLessThan(0.9);
    expect(ssim(a, map(pattern.a.map((value) => -value)), { absolute: true })).toBeCloseTo(1, 12);
    expect(ssim(a, b)).toBeCloseTo(ssim(b, a), 12);
  });

  test("maps smaller than the window, and empty ones", () => {
    const tiny = { width: 3, height: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) };
    expect(ssim(tiny, tiny)).toBeCloseTo(1, 12);
    const empty = { width: 12, height: 12, values: new Float32Array(144) };
    expect(ssim(empty, empty)).toBe(1);
  });
});
