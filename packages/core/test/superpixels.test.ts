/** Superpixels and the small numerics under the perturbation methods. */
import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { superpixels } from "../src/index.ts";
import { createRandom } from "../src/internal.ts";
import { cholesky } from "../src/perturbation/masking/cholesky.ts";
import { connected } from "../src/perturbation/masking/connected.ts";
import { linear } from "../src/perturbation/masking/linear.ts";
import { shapleySamples } from "../src/perturbation/masking/shapley-samples.ts";
import { total } from "./compare.ts";

const flat = { channels: 1, layout: "nchw" } as const;

describe("superpixels", () => {
  test("a picture without colours falls into a grid", () => {
    const { count, labels } = superpixels(
      new Float32Array(54),
      { ...flat, height: 6, width: 9 },
      { segments: 6 },
    );
    expect(count).toBe(6);
    expect([...labels]).toEqual(
      Array.from({ length: 54 }, (_, i) => 3 * Math.floor(i / 27) + Math.floor((i % 9) / 3)),
    );
  });

  test("borders follow the picture's, grey or colour, channels first or last", () => {
    // Two halves that meet on a slanted line, and a little noise.
    const side = 32;
    const random = seeded(4);
    const half = (pixel: number) => (pixel % side > 10 + Math.floor(pixel / side) / 3 ? 1 : 0);
    for (const [channels, layout] of [
      [1, "nchw"],
      [3, "nchw"],
      [3, "nhwc"],
    ] as const) {
      const picture = Float32Array.from({ length: channels * side * side }, (_, i) => {
        const pixel = layout === "nchw" ? i % (side * side) : Math.floor(i / channels);
        return half(pixel) + 0.05 * random();
      });
      const { count, labels } = superpixels(
        picture,
        { channels, layout, height: side, width: side },
        { segments: 16 },
      );
      expect(count).toBeGreaterThan(12);
      const mixed = labels.filter((label, pixel) => {
        const halves = [...labels].flatMap((other, i) => (other === label ? [half(i)] : []));
        return total(halves) / halves.length > 0.5 !== (half(pixel) === 1);
      });
      expect(mixed.length).toBeLessThan(0.02 * side * side);
    }
  });

  test("scale and offset of the input do not matter", () => {
    const picture = Float32Array.from(numbers(seeded(8), 400));
    const image = { ...flat, height: 20, width: 20 };
    const moved = picture.map((value) => 64 * value + 128);
    expect(superpixels(moved, image, { segments: 9 })).toEqual(superpixels(picture, image, { segments: 9 }));
  });

  test("any picture falls into at most so many pieces, each in one piece, numbered without gaps", () => {
    const cases = fc.record({
      height: fc.integer({ min: 1, max: 17 }),
      width: fc.integer({ min: 1, max: 17 }),
      segments: fc.integer({ min: 1, max: 60 }),
      seed: fc.integer(),
      levels: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(cases, ({ height, width, segments, seed, levels }) => {
        const random = seeded(seed);
        const picture = Float32Array.from({ length: height * width }, () => Math.floor(levels * random()));
        const { count, labels } = superpixels(picture, { ...flat, height, width }, { segments });
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(segments);
        expect([...new Set(labels)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
        expect(pieces(labels, width)).toBe(count);
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  test("50 are wanted and 49 found on a square of photo size, of like areas", () => {
    const waves = Float32Array.from(
      { length: 224 * 224 },
      (_, i) => Math.sin((i % 224) / 20) + Math.cos(i / 224 / 30),
    );
    const { count, labels } = superpixels(
      waves,
      { ...flat, height: 224, width: 224 },
      { segments: 50, compactness: 0.3 },
    );
    expect(count).toBe(49);
    const areas = Array.from({ length: count }, (_, label) => labels.filter((one) => one === label).length);
    // 1024 on average.
    expect(Math.min(...areas)).toBeGreaterThan(400);
    expect(Math.max(...areas)).toBeLessThan(2000);
  });

  test("stray parts join the label with the longest border, and wait for each other", () => {
    const labels = [
      [0, 0, 0, 2, 2],
      [0, 1, 0, 2, 2],
      [0, 0, 0, 5, 2],
      [1, 1, 1, 0, 5],
      [1, 1, 1, 5, 5],
    ];
    const size = { depth: 1, height: 5, width: 5 };
    expect([...connected(Int32Array.from(labels.flat()), size).labels]).toEqual(
      [
        [0, 0, 0, 2, 2],
        [0, 0, 0, 2, 2],
        [0, 0, 0, 2, 2],
        [1, 1, 1, 3, 3],
        [1, 1, 1, 3, 3],
      ].flat(),
    );
  });
});

/** How many regions of one label there are, counted by joining neighbours. */
function pieces(labels: Int32Array, width: number): number {
  const parent = Array.from(labels, (_, i) => i);
  const root = (i: number): number => (parent[i] === i ? i : root(parent[i] ?? i));
  for (let i = 0; i < labels.length; i += 1) {
    if ((i + 1) % width !== 0 && labels[i] === labels[i + 1]) parent[root(i)] = root(i + 1);
    if (labels[i] === labels[i + width]) parent[root(i)] = root(i + width);
  }
  return new Set(parent.map((_, i) => root(i))).size;
}

describe("linear", () => {
  test("goes between half-pixel centres, both ways, and cuts windows", () => {
    const up = linear({ height: 1, width: 2 }, { height: 1, width: 4 });
    expect([...up([0, 4])]).toEqual([0, 1, 3, 4]);
    expect([...up([0, 4], { front: 0, top: 0, left: 1, depth: 1, height: 1, width: 2 })]).toEqual([1, 3]);
    const down = linear({ height: 4, width: 1 }, { height: 2, width: 1 });
    expect([...down([0, 1, 2, 3])]).toEqual([0.5, 2.5]);
    const square = linear({ height: 2, width: 2 }, { height: 3, width: 3 });
    expect([...square([0, 1, 2, 3])]).toEqual([0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3]);
  });
});

describe("cholesky", () => {
  test("solves what a known solution was made from", () => {
    const random = seeded(6);
    for (const size of [1, 2, 5, 30]) {
      const half = numbers(random, size * size);
      const values = new Float64Array(size * size);
      for (let i = 0; i < size; i += 1) {
        for (let j = 0; j < size; j += 1) {
          for (let k = 0; k < size; k += 1) {
            values[i * size + j] =
              (values[i * size + j] ?? 0) + (half[i * size + k] ?? 0) * (half[j * size + k] ?? 0);
          }
        }
        values[i * size + i] = (values[i * size + i] ?? 0) + 0.1;
      }
      const solution = numbers(random, size);
      const right = solution.map((_, i) =>
        solution.reduce((sum, value, j) => sum + (values[i * size + j] ?? 0) * value, 0),
      );
      for (const [i, value] of cholesky({ size, values })(right).entries()) {
        expect(Math.abs(value - (solution[i] ?? 0))).toBeLessThan(1e-10);
      }
    }
  });

  test("says where a matrix is not positive definite", () => {
    expect(() => cholesky({ size: 2, values: Float64Array.from([1, 1, 1, 1]) })).toThrow("pivot 1");
    expect(() => cholesky({ size: 1, values: Float64Array.from([-1]) })).toThrow("pivot 0");
  });
});

describe("shapleySamples", () => {
  const sizeOf = (coalition: Uint8Array) => coalition.reduce((sum, bit) => sum + bit, 0);

  test("takes all coalitions with the paper's weights where there are enough samples", () => {
    const samples = shapleySamples(createRandom(1), 6, 62);
    expect(new Set(samples.map(({ coalition }) => coalition.join(""))).size).toBe(62);
    const choose = [1, 6, 15, 20, 15, 6, 1];
    for (const { coalition, weight } of samples) {
      const s = sizeOf(coalition);
      expect(weight).toBeCloseTo(5 / ((choose[s] ?? 0) * s * (6 - s)), 12);
    }
  });

  test("of many players takes all that are alone or missing, and draws from the rest", () => {
    const samples = shapleySamples(createRandom(1), 49, 500);
    expect(samples.length).toBe(500);
    expect(new Set(samples.map(({ coalition }) => coalition.join(""))).size).toBe(500);
    const alone = samples.filter(({ coalition }) => [1, 48].includes(sizeOf(coalition)));
    expect(alone.length).toBe(98);
    for (const { weight } of alone) expect(weight).toBeCloseTo(1 / 49, 12);
    // All weights of all sizes: what was drawn stands for what was not.
    const whole = Array.from({ length: 48 }, (_, i) => 48 / ((i + 1) * (48 - i)));
    expect(total(samples.map(({ weight }) => weight))).toBeCloseTo(total(whole), 8);
    const texts = new Set(samples.map(({ coalition }) => coalition.join("")));
    for (const { coalition } of samples) expect(texts).toContain(coalition.map((bit) => 1 - bit).join(""));
  });

  test("draws sizes as often as they weigh", () => {
    const samples = shapleySamples(createRandom(2), 60, 40_000);
    const share = (s: number) =>
      total(samples.filter(({ coalition }) => sizeOf(coalition) === s).map(({ weight }) => weight));
    for (const s of [3, 10, 30]) {
      const wanted = 59 / (s * (60 - s));
      expect(Math.abs(share(s) / wanted - 1)).toBeLessThan(0.25);
    }
  });

  test("never more than asked for, never the empty or the whole coalition, even for one player", () => {
    for (const [players, most] of [
      [1, 3],
      [2, 4],
      [9, 509],
      [20, 23],
      [7, 11],
    ] as const) {
      const samples = shapleySamples(createRandom(5), players, most);
      expect(samples.length).toBeLessThanOrEqual(most);
      expect(samples.length).toBe(new Set(samples.map(({ coalition }) => coalition.join(""))).size);
      for (const { coalition } of samples) {
        expect(sizeOf(coalition)).toBeGreaterThan(0);
        expect(sizeOf(coalition)).toBeLessThan(players);
      }
    }
  });
});
