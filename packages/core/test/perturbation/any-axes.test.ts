/** Perturbation over signals, volumes and features, on networks whose scores are known. */
import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { describe, expect, test } from "vitest";
import { type Axes, kernelShap, lime, occlusion, rise, scoreCam, superpixels } from "../../src/index.ts";
import {
  edge,
  kernelShapParameters,
  occlusionParameters,
  parseAxes,
  random,
  riseParameters,
} from "../../src/internal.ts";
import { connected } from "../../src/perturbation/masking/connected.ts";
import { occlusionWindows } from "../../src/perturbation/methods/occlusion.ts";
import { riseMasks } from "../../src/perturbation/methods/rise.ts";
import { createRandom } from "../../src/random.ts";
import { total } from "../compare.ts";
import { contextOf, dot, handMade } from "../hand-made-black-box.ts";
import { one } from "./known-scores.ts";

interface Shape {
  readonly axes: Axes;
  readonly channels: number;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
}

const signal: Shape = { axes: parseAxes("NCL"), channels: 2, depth: 1, height: 1, width: 40 };
const volume: Shape = { axes: parseAxes("NCDHW"), channels: 2, depth: 4, height: 5, width: 6 };
const features: Shape = { axes: parseAxes("NF"), channels: 2, depth: 1, height: 4, width: 5 };
const shapes = [
  ["signal", signal],
  ["volume", volume],
  ["features", features],
] as const;

function placesIn({ depth, height, width }: Shape): number {
  return depth * height * width;
}

/** What a linear network loses at each place, over its channels, when the place gets the fill. */
function losses(shape: Shape, weights: ArrayLike<number>, x: ArrayLike<number>, fill: readonly number[]) {
  const places = placesIn(shape);
  return Array.from({ length: places }, (_, place) =>
    fill.reduce((sum, hidden, c) => {
      const at = c * places + place;
      return sum + (weights[at] ?? 0) * ((x[at] ?? 0) - hidden);
    }, 0),
  );
}

function linearCase(shape: Shape) {
  const elements = shape.channels * placesIn(shape);
  const weights = numbers(seeded(11), elements);
  const input = Float32Array.from(numbers(seeded(12), elements));
  const fill = [0.25, -0.5];
  const context = contextOf(
    handMade(shape, (x) => [dot(weights, x)]),
    input,
    { fill },
  );
  return { input, context, loss: losses(shape, weights, input, fill) };
}

describe("occlusion", () => {
  test.each([
    ["signal", signal, 7, 4, [1, 1, 7], [1, 1, 4]],
    ["volume", volume, [2, 3, 4], [1, 2, 3], [2, 3, 4], [1, 2, 3]],
    ["volume, one number cut to the depth", volume, 5, 5, [4, 5, 5], [4, 5, 5]],
    ["features by what they stand for", features, [3, 2], [2, 1], [1, 3, 2], [1, 2, 1]],
  ] as const)(
    "%s: the mean of what the windows over a place lose",
    async (_, shape, window, stride, size, step) => {
      const { context, loss } = linearCase(shape);
      const map = await one(occlusion({ window, stride }), context);
      const sides = [shape.depth, shape.height, shape.width];
      // By each axis, where windows begin.
      const starts = sides.map((side, i) => {
        const found: number[] = [];
        for (let at = 0; ; at += step[i] ?? 1) {
          found.push(Math.min(at, side - (size[i] ?? 1)));
          if (at + (size[i] ?? 1) >= side) return found;
        }
      });
      const at = (place: number) => [
        Math.floor(place / (shape.height * shape.width)),
        Math.floor(place / shape.width) % shape.height,
        place % shape.width,
      ];
      const inside = (place: number, corner: readonly number[]) =>
        at(place).every((x, i) => x >= (corner[i] ?? 0) && x < (corner[i] ?? 0) + (size[i] ?? 1));
      const [planes = [], rows = [], columns = []] = starts;
      const corners = planes.flatMap((z) => rows.flatMap((y) => columns.map((x) => [z, y, x])));
      const drops = corners.map((corner) => total(loss.filter((__, place) => inside(place, corner))));
      const expected = loss.map((__, place) => {
        const over = drops.filter((___, i) => inside(place, corners[i] ?? []));
        return total(over) / over.length;
      });
      expect(map).toBeNear(expected, 1e-5);
      expect(occlusionWindows(shape, { window, stride })).toBe(corners.length);
    },
  );

  test("defaults make a like number of windows, whatever the axes", () => {
    const ecg: Shape = { ...signal, width: 5000 };
    const scan: Shape = { ...volume, depth: 16, height: 112, width: 112 };
    expect(occlusionParameters(ecg)).toEqual({ window: 156, stride: 78 });
    expect(occlusionParameters(scan)).toEqual({ window: [4, 28, 28], stride: [2, 14, 14] });
    expect(occlusionWindows(ecg)).toBe(64);
    expect(occlusionWindows(scan)).toBe(343);
    expect(occlusionParameters({ height: 224, width: 224 })).toEqual({ window: 28, stride: 14 });
  });

  test("a number for each axis, and no more", () => {
    expect(() => occlusionParameters(volume, { window: [2, 2] })).toThrow(
      "occlusion: window takes one number, or one for each axis (depth, height, width); got 2.",
    );
    expect(() => occlusionParameters(volume, { window: [2, 0, 2] })).toThrow("got 0");
    expect(occlusionParameters(signal, { window: 41 })).toEqual({ window: 40, stride: 20 });
    expect(() => occlusionParameters(volume, { window: 2, stride: [1, 3, 1] })).toThrow("never hidden");
    expect(occlusionParameters({ height: 6, width: 8 }, { window: [2, 9] })).toEqual({
      window: [2, 8],
      stride: [1, 4],
    });
  });
});

describe("rise", () => {
  test.each(shapes)("%s: sees every place with the given probability, and masks are smooth", (_, shape) => {
    const mean = new Float64Array(placesIn(shape));
    const options = { masks: 3000, cells: 3, probability: 0.3 };
    for (const mask of riseMasks(createRandom(3), shape, options)) {
      expect(mask.length).toBe(mean.length);
      for (const [i, part] of mask.entries()) mean[i] = (mean[i] ?? 0) + part / options.masks;
    }
    for (const value of mean) expect(Math.abs(value - 0.3)).toBeLessThan(0.035);
  });

  test("points at the part that the score depends on", async () => {
    const within = (place: number) => place >= 25 && place < 32;
    const box = handMade({ ...signal, channels: 1 }, (x) => [
      Math.tanh(x.reduce((sum, value, i) => sum + (within(i) ? value / 4 : 0), 0)),
    ]);
    const map = await one(
      rise({ masks: 400, cells: 12, centred: true }),
      contextOf(box, new Float32Array(40).fill(1)),
    );
    const [inside, outside] = [true, false].map((which) => map.filter((__, i) => within(i) === which));
    expect(Math.min(...(inside ?? []))).toBeGreaterThan(Math.max(...(outside ?? [])));
  });

  test("a like number of cells, whatever the axes", () => {
    expect(riseParameters({ ...signal, width: 5000 }).cells).toBe(49);
    expect(riseParameters(signal).cells).toBe(40);
    expect(riseParameters({ ...volume, depth: 2, height: 32, width: 32 }).cells).toBe(4);
    expect(riseParameters({ height: 224, width: 224 }).cells).toBe(7);
  });
});

describe("superpixels of any axes", () => {
  test.each([
    ["signal", signal, 8],
    ["volume", volume, 8],
    ["volume of one plane", { ...volume, depth: 1 }, 6],
    ["features", features, 4],
  ] as const)("%s without colours: blocks of one size", (_, shape, segments) => {
    const input = new Float32Array(2 * placesIn(shape));
    const { count, labels } = superpixels(input, { ...shape, layout: "nchw" }, { segments });
    expect(count).toBe(segments);
    const sizes = Array.from(
      { length: count },
      (__, label) => labels.filter((each) => each === label).length,
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3 * Math.min(...sizes));
  });

  test("segments of a signal are stretches of it, and end where it changes", () => {
    const step = (i: number) => (i < 13 ? 0 : i < 29 ? 1 : 0.3);
    const input = Float32Array.from({ length: 40 }, (_, i) => step(i));
    const { count, labels } = superpixels(
      input,
      { ...signal, channels: 1, layout: "nchw" },
      { segments: 8, compactness: 0.05 },
    );
    const borders = [...labels.keys()].filter((i) => i > 0 && labels[i] !== labels[i - 1]);
    expect(borders.length).toBe(count - 1);
    expect(borders).toContain(13);
    expect(borders).toContain(29);
  });

  test.each(shapes)("%s: channels last are cut as channels first", (_, shape) => {
    const places = placesIn(shape);
    const first = Float32Array.from(numbers(seeded(7), 2 * places));
    const last = Float32Array.from(first, (__, i) => first[(i % 2) * places + Math.floor(i / 2)] ?? 0);
    const cut = superpixels(first, { ...shape, layout: "nchw" }, { segments: 5 });
    expect(superpixels(last, { ...shape, layout: "nhwc" }, { segments: 5 })).toEqual(cut);
    // In one piece each: joining strays again changes nothing.
    expect(connected(cut.labels, shape)).toEqual(cut);
  });
});

describe.each(shapes)("%s", (_, shape) => {
  const options = { samples: 200, segments: 6 };
  test.each([
    ["lime", lime({ ...options, ridge: 1e-7 })],
    ["kernel-shap", kernelShap(options)],
  ] as const)("%s finds what each segment of a linear network adds", async (__, method) => {
    const { input, context, loss } = linearCase(shape);
    const map = await one(method, context);
    const { labels } = superpixels(input, { ...shape, layout: "nchw" }, { segments: 6 });
    const expected = Array.from(labels, (label) => total(loss.filter((___, i) => labels[i] === label)));
    expect(map).toBeNear(expected, 1e-4);
  });

  test("score-cam weighs channels by what is left of the score behind them", async () => {
    const { context, loss, input } = linearCase(shape);
    const places = placesIn(shape);
    const values = Float32Array.from(numbers(seeded(8), 3 * places));
    const { depth, height, width } = shape;
    const map = await one(scoreCam({ activations: { values, channels: 3, depth, height, width } }), context);
    const channels = [0, 1, 2].map((c) => [...values.slice(c * places, (c + 1) * places)]);
    const hidden = dot(numbers(seeded(11), 2 * places), input) - total(loss);
    const scores = channels.map((channel) => {
      const [low, high] = [Math.min(...channel), Math.max(...channel)];
      return hidden + total(channel.map((value, i) => ((value - low) / (high - low)) * (loss[i] ?? 0)));
    });
    const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const expected = Array.from({ length: places }, (__, i) =>
      Math.max(
        total(channels.map((channel, c) => ((powers[c] ?? 0) / total(powers)) * (channel[i] ?? 0))),
        0,
      ),
    );
    expect(map).toBeNear(expected, 1e-4);
  });

  test("random and edge have one number for each place", async () => {
    const { context } = linearCase(shape);
    for (const method of [random(), edge()]) {
      expect(await one(method, context)).toHaveLength(placesIn(shape));
    }
  });

  test("another number of values is refused", async () => {
    const { context } = linearCase(shape);
    const elements = 2 * placesIn(shape);
    await expect(random()({ ...context, picture: new Float32Array(3) })).rejects.toThrow(
      `= ${elements} numbers; this one has 3.`,
    );
  });
});

test("edge gives a ramp its slope, along every axis", async () => {
  const ramp = (shape: Shape, slopes: readonly number[]) =>
    Float32Array.from({ length: placesIn(shape) }, (_, place) => {
      const [z, y, x] = [
        Math.floor(place / (shape.height * shape.width)),
        Math.floor(place / shape.width) % shape.height,
        place % shape.width,
      ];
      return (slopes[0] ?? 0) * z + (slopes[1] ?? 0) * y + (slopes[2] ?? 0) * x;
    });
  const grey = { ...volume, channels: 1 };
  const map = await one(
    edge(),
    contextOf(
      handMade(grey, (x) => [total(x)]),
      ramp(grey, [2, 3, 6]),
    ),
  );
  // In the middle, away from the border: 2² + 3² + 6² = 7².
  expect(map[(1 * 5 + 2) * 6 + 3]).toBeCloseTo(7, 5);
  const line = { ...signal, channels: 1 };
  const slopes = await one(
    edge(),
    contextOf(
      handMade(line, (x) => [total(x)]),
      ramp(line, [0, 0, -2.5]),
    ),
  );
  expect(slopes[20]).toBeCloseTo(2.5, 5);
  expect(slopes[0]).toBeCloseTo(1.25, 5);
});

test("there are as many segments as the input has places, at most", () => {
  expect(kernelShapParameters({ ...signal, width: 12 }, {}).segments).toBe(12);
  expect(() => kernelShapParameters(volume, { segments: 121 })).toThrow("from 2 to 120; got 121");
});
