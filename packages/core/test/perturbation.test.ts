/** Methods that only need scores, on networks whose scores are known. */

import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { describe, expect, test } from "vitest";
import {
  edge,
  type KernelShapOptions,
  kernelShap,
  kernelShapParameters,
  lime,
  limeParameters,
  occlusion,
  occlusionParameters,
  type Perturbation,
  random,
  rise,
  riseParameters,
  scoreCam,
  superpixels,
} from "../src/index.ts";
import { ridgeRegression } from "../src/perturbation/methods/lime.ts";
import { riseMasks } from "../src/perturbation/methods/rise.ts";
import { createRandom, hashPicture } from "../src/random.ts";
import { difference, total } from "./compare.ts";
import { contextOf, dot, type HandMade, handMade } from "./hand-made-black-box.ts";

const size = { height: 6, width: 8 };
const pixels = size.height * size.width;
const greyShape = { ...size, channels: 1, layout: "nchw" } as const;
const weights = [numbers(seeded(1), 2 * pixels), numbers(seeded(2), 2 * pixels)];
const picture = Float32Array.from(numbers(seeded(3), 2 * pixels));

/** Two classes of two-channel pictures, whose scores are no sums. */
function network(batchSize: number, layout: "nchw" | "nhwc" = "nchw"): HandMade {
  return handMade({ ...size, channels: 2, batchSize, layout }, (x) =>
    weights.map((of) => Math.tanh(dot(of, x)) + 0.1 * dot(of, x)),
  );
}

const activations = {
  channels: 5,
  height: 3,
  width: 4,
  values: Float32Array.from(numbers(seeded(4), 60)),
};

const sampling: readonly (readonly [string, Perturbation, number])[] = [
  ["occlusion", occlusion({ window: 3, stride: 2 }), 12],
  ["rise", rise({ masks: 37, cells: 3 }), 37],
  ["lime", lime({ samples: 41, segments: 12 }), 40],
  ["kernel-shap", kernelShap({ samples: 41, segments: 12 }), 42],
  ["score-cam", scoreCam({ activations }), 5],
];
const drawing = sampling.filter(([name]) => ["rise", "lime", "kernel-shap"].includes(name));
const baselines = [
  ["random", random(), 0],
  ["edge", edge(), 0],
] as const;

async function one(method: Perturbation, context: Parameters<Perturbation>[0]): Promise<Float32Array> {
  const [map] = await method(context);
  if (map === undefined) throw new Error("no map");
  return map;
}

describe.each([...sampling, ...baselines])("%s", (_, method, passes) => {
  test("takes as many forward passes as it says, in groups that fill a batch, and tells of each", async () => {
    const blackBox = network(4);
    const told: [number, number][] = [];
    const onProgress = (done: number, all: number) => told.push([done, all]);
    const maps = await method(
      contextOf(blackBox, picture, { targets: [1, 0, 1], fill: [0.1, 0.2], onProgress }),
    );
    expect(maps.map((map) => map.length)).toEqual([pixels, pixels, pixels]);
    expect(total(blackBox.groups)).toBe(passes);
    expect(blackBox.groups.slice(0, -1).every((count) => count === 4)).toBe(true);
    expect(told).toEqual(blackBox.groups.map((_, i) => [Math.min(4 * (i + 1), passes), passes]));
    expect(maps[2]).toEqual(maps[0]);
    expect(maps.every((map) => map.every(Number.isFinite))).toBe(true);
  });

  test("gives the same whatever the batch, and whatever other targets there are", async () => {
    const fill = [0.1, -0.2];
    const maps = await method(contextOf(network(1), picture, { targets: [0, 1], fill }));
    for (const batchSize of [3, 64]) {
      expect(await method(contextOf(network(batchSize), picture, { targets: [0, 1], fill }))).toEqual(maps);
    }
    expect(await method(contextOf(network(3), picture, { targets: [1], fill }))).toEqual([maps[1]]);
  });

  test("refuses a class, a fill and a picture that the network does not have", async () => {
    const refused = (rest: Parameters<typeof contextOf>[2], x = picture) =>
      expect(method(contextOf(network(3), x, rest))).rejects;
    await refused({ targets: [2] }).toThrow("There is no class 2: the network's classes go from 0 to 1.");
    await refused({ against: [0.5] }).toThrow("There is no class 0.5");
    await refused({ fill: [1] }).toThrow("one number for each of the picture's 2 channels; got [1].");
    await refused({}, picture.subarray(1)).toThrow("2 x 6 x 8 = 96 numbers; this one has 95.");
  });
});

describe.each(sampling)("%s", (_, method) => {
  test("reads channels last as it reads channels first", async () => {
    const last = (values: ArrayLike<number>) =>
      Float32Array.from({ length: 2 * pixels }, (_, i) => values[(i % 2) * pixels + Math.floor(i / 2)] ?? 0);
    const turned = handMade({ ...size, channels: 2, layout: "nhwc" }, (x) =>
      weights.map((of) => Math.tanh(dot(last(of), x)) + 0.1 * dot(last(of), x)),
    );
    // Where things are drawn the seed goes with the picture's bytes, which are in another order here.
    const drawn = drawing.some(([, other]) => other === method);
    const fill = [0.3, -0.4];
    const first = await one(method, contextOf(network(4), picture, { fill }));
    const second = await one(method, contextOf(turned, last(picture), { fill }));
    if (drawn) expect(difference(second, first)).toBeGreaterThan(0);
    else expect(second).toBeNear(first, 1e-5);
  });
});

describe.each([...drawing, ...baselines.slice(0, 1)])("%s", (_, method) => {
  test("draws by seed and picture", async () => {
    const other = picture.map((value) => value + 1e-6);
    const first = await one(method, contextOf(network(4), picture, { seed: 7 }));
    expect(await one(method, contextOf(network(4), picture, { seed: 7 }))).toEqual(first);
    expect(difference(await one(method, contextOf(network(4), picture, { seed: 8 })), first)).toBeGreaterThan(
      1e-3,
    );
    expect(difference(await one(method, contextOf(network(4), other, { seed: 7 })), first)).toBeGreaterThan(
      1e-3,
    );
  });
});

describe("what is watched", () => {
  test.each(drawing.concat(sampling.slice(0, 1)))(
    "%s: against a class it is the difference of the classes' maps",
    async (_, method) => {
      for (const of of ["logit", "probability"] as const) {
        const maps = await method(
          contextOf(network(4), picture, {
            targets: [0, 1, 0],
            against: [undefined, undefined, 1],
            score: of,
          }),
        );
        const [zero = [], first = [], both = []] = maps;
        expect(both).toBeNear(
          Array.from(zero, (value, i) => value - (first[i] ?? 0)),
          1e-4,
        );
        expect(total(Array.from(both, Math.abs))).toBeGreaterThan(1e-3);
      }
    },
  );

  test("probabilities are not logits", async () => {
    const blackBox = handMade({ height: 2, width: 2 }, (x) => [3 * total(x)]);
    const method = occlusion({ window: 2 });
    expect(await one(method, contextOf(blackBox, [1, 0, 0, 0]))).toEqual(new Float32Array(4).fill(3));
    const sigmoid = 1 / (1 + Math.exp(-3)) - 0.5;
    const map = await one(method, contextOf(blackBox, [1, 0, 0, 0], { score: "probability" }));
    expect(map).toBeNear(new Float32Array(4).fill(sigmoid), 1e-6);
  });
});

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

describe("lime", () => {
  test("finds the weights of a network that is linear in its superpixels", async () => {
    const [of = []] = weights;
    const grey = picture.slice(0, pixels);
    const blackBox = handMade(size, (x) => [5 + dot(of, x)]);
    const map = await one(lime({ samples: 300, segments: 12, ridge: 1e-7 }), contextOf(blackBox, grey));
    expect(map).toBeNear(lossBySegment(of, grey, 12), 1e-5);
    // The ridge of the authors' code makes weights smaller, and keeps their signs.
    const held = await one(lime({ samples: 300, segments: 12 }), contextOf(blackBox, grey));
    const loss = lossBySegment(of, grey, 12);
    expect(correlation(held, loss)).toBeGreaterThan(0.99);
    expect(total(held.map((value) => value ** 2))).toBeLessThan(total(loss.map((value) => value ** 2)));
  });

  test("minimizes the weighted squares: at its answer their gradient is zero", () => {
    const draw = seeded(9);
    const rows = Array.from({ length: 30 }, () => numbers(draw, 4));
    const rowWeights = Float64Array.from(numbers(draw, 30, 0.1, 1));
    const wanted = [0, 1].map(() => Float64Array.from(numbers(draw, 30)));
    const answers = ridgeRegression(rows, rowWeights, wanted, 0.7);
    for (const [k, answer] of answers.entries()) {
      const free = rows.map((row, n) => (wanted[k]?.[n] ?? 0) - dot(answer, row));
      const intercept = dot(rowWeights, free) / total(rowWeights);
      const gradient = Array.from(answer, (value, i) =>
        rows.reduce(
          (sum, row, n) => sum - (rowWeights[n] ?? 0) * ((free[n] ?? 0) - intercept) * (row[i] ?? 0),
          0.7 * value,
        ),
      );
      for (const value of gradient) expect(Math.abs(value)).toBeLessThan(1e-12);
    }
  });

  test("draws superpixels with a half, and weighs samples by the kernel of their cosine distance", async () => {
    const grey = picture.slice(0, pixels).map((value) => value + 2);
    const [of = []] = weights;
    const score = (x: ArrayLike<number>) => Math.tanh(dot(of, x) / 3);
    const blackBox = handMade(size, (x) => [score(x)]);
    const map = await one(lime({ samples: 50, segments: 8, kernelWidth: 0.3 }), contextOf(blackBox, grey));

    const { labels, count } = superpixels(grey, greyShape, { segments: 8 });
    const random = createRandom(1, hashPicture(grey));
    const rows = Array.from({ length: 50 }, (_, n) =>
      Array.from({ length: count }, () => (n === 0 || random.uniform() < 0.5 ? 1 : 0)),
    );
    const rowWeights = Float64Array.from(rows, (row) => {
      const cosine = total(row) / Math.sqrt(total(row) * count);
      return Math.sqrt(Math.exp(-((1 - (cosine || 0)) ** 2) / 0.3 ** 2));
    });
    const scores = Float64Array.from(rows, (row) =>
      score(grey.map((v, i) => v * (row[labels[i] ?? 0] ?? 0))),
    );
    const [expected = []] = ridgeRegression(rows, rowWeights, [scores], 1);
    expect(map).toBeNear(
      Array.from(labels, (label) => expected[label] ?? 0),
      1e-5,
    );
  });
});

describe("kernel-shap", () => {
  test.each([
    ["sampled", { samples: 60, segments: 12 }],
    ["over all coalitions", { samples: 5000, segments: 12 }],
    ["with few samples", { samples: 40, segments: 12 }],
  ])("recovers an additive game, %s", async (_, options) => {
    const [of = []] = weights;
    const grey = picture.slice(0, pixels);
    const blackBox = handMade(size, (x) => [5 + dot(of, x)]);
    const map = await one(kernelShap(options), contextOf(blackBox, grey));
    expect(map).toBeNear(lossBySegment(of, grey, 12), 1e-5);
  });

  test("over all coalitions gives the Shapley values of any game", async () => {
    const image = { height: 2, width: 4 };
    const seen = numbers(seeded(12), 8, 0.5, 1);
    const [of = [], other = []] = weights;
    const score = (x: ArrayLike<number>) =>
      Math.tanh(dot(of, x)) * (1 + dot(other, x)) + (x[0] ?? 0) * (x[7] ?? 0);
    const blackBox = handMade(image, (x) => [score(x)]);
    // Eight superpixels of eight pixels: each its own.
    const map = await one(kernelShap({ samples: 254, segments: 8 }), contextOf(blackBox, seen));
    expect(total(blackBox.groups)).toBe(255);
    const factorials = [1, 1, 2, 6, 24, 120, 720, 5040, 40320];
    const expected = seen.map((_, player) => {
      let value = 0;
      for (let bits = 0; bits < 256; bits += 1) {
        if ((bits >> player) & 1) continue;
        const worth = (set: number) => score(seen.map((pixel, i) => ((set >> i) & 1 ? pixel : 0)));
        const members = bits.toString(2).replaceAll("0", "").length;
        const share = ((factorials[members] ?? 0) * (factorials[7 - members] ?? 0)) / 40320;
        value += share * (worth(bits | (1 << player)) - worth(bits));
      }
      return value;
    });
    expect(map).toBeNear(expected, 1e-5);
  });

  test("sampled, comes nearer to the Shapley values the more it samples", async () => {
    const grey = picture.slice(0, pixels);
    const [of = []] = weights;
    const game = () => handMade(size, (x) => [Math.tanh(dot(of, x)) + (x[0] ?? 0) * (x[47] ?? 0)]);
    const values = (samples: number, seed: number) =>
      one(kernelShap({ samples, segments: 12 }), contextOf(game(), grey, { seed }));
    const exact = await values(4094, 1);
    const error = async (samples: number) => {
      const errors = await Promise.all(
        [1, 2, 3, 4, 5].map(async (seed) => difference(await values(samples, seed), exact)),
      );
      return total(errors) / 5;
    };
    const [few, more] = [await error(60), await error(960)];
    expect(more).toBeLessThan(few / 2);
    expect(more).toBeLessThan(0.1);
  });

  test.each<[string, KernelShapOptions]>([
    ["50 superpixels", { samples: 500, segments: 40 }],
    ["fewer samples than single superpixels", { samples: 42, segments: 40 }],
    ["two superpixels", { samples: 4, segments: 2 }],
    ["every pixel", { samples: 120, segments: pixels }],
  ])("its values add up to what all superpixels change: %s", async (_, options) => {
    const grey = picture.slice(0, pixels);
    const [of = []] = weights;
    const score = (x: ArrayLike<number>) => Math.tanh(dot(of, x)) ** 2;
    const blackBox = handMade(size, (x) => [score(x)]);
    const map = await one(kernelShap(options), contextOf(blackBox, grey, { fill: [0.3] }));
    const { labels, count } = superpixels(grey, greyShape, { segments: options.segments ?? 50 });
    const ofSegment = Array.from({ length: count }, (_, label) => map[labels.indexOf(label)] ?? 0);
    const change = score(grey) - score(new Float32Array(pixels).fill(0.3));
    expect(Math.abs(total(ofSegment) - change)).toBeLessThan(1e-5);
  });
});

describe("score-cam", () => {
  test("on values worked by hand", async () => {
    // A layer of the picture's size. The first channel lets the left pixel through, the second the right one, the third
    // is the same everywhere and left out.
    const layer = { channels: 3, height: 1, width: 2, values: Float32Array.from([2, -2, 1, 5, 3, 3]) };
    const blackBox = handMade({ height: 1, width: 2 }, (x) => [(x[0] ?? 0) + 3 * (x[1] ?? 0)]);
    const map = await one(scoreCam({ activations: layer }), contextOf(blackBox, [1, 0.5], { fill: [0.1] }));
    // Seen through: [1, 0.1] and [0.1, 0.5], which score 1.3 and 1.6.
    const [a, b] = [Math.exp(1.3), Math.exp(1.6)].map((power) => power / (Math.exp(1.3) + Math.exp(1.6)));
    const expected = [2 * (a ?? 0) + (b ?? 0), -2 * (a ?? 0) + 5 * (b ?? 0)];
    expect(map).toBeNear(expected, 1e-6);
    expect(total(blackBox.groups)).toBe(2);
  });

  test("keeps what is positive, and upsamples between the centres of pixels", async () => {
    const layer = { channels: 1, height: 1, width: 2, values: Float32Array.from([-1, 4]) };
    const blackBox = handMade({ height: 2, width: 4 }, (x) => [total(x)]);
    const map = await one(scoreCam({ activations: layer }), contextOf(blackBox, new Float32Array(8)));
    // ReLU gives [0, 4]; four pixels have their centres at -0.25, 0.25, 0.75, 1.25 of the layer's.
    expect([...map]).toEqual([0, 1, 3, 4, 0, 1, 3, 4]);
  });

  test("a layer that is the same everywhere explains nothing", async () => {
    const layer = { channels: 2, height: 2, width: 2, values: new Float32Array(8).fill(1) };
    expect(await one(scoreCam({ activations: layer }), contextOf(network(4), picture))).toEqual(
      new Float32Array(pixels),
    );
  });
});

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

describe("options that make no sense are refused in a sentence", () => {
  test.each([
    [
      () => occlusionParameters(size, { window: 0 }),
      "occlusion: window must be an integer from 1 to 6; got 0.",
    ],
    [() => occlusionParameters(size, { window: 7 }), "from 1 to 6; got 7"],
    [() => occlusionParameters(size, { window: 2.5 }), "got 2.5"],
    [() => occlusionParameters(size, { stride: 0 }), "stride must be an integer of at least 1"],
    [() => occlusionParameters(size, { window: 2, stride: 3 }), "leaves pixels that are never hidden"],
    [() => riseParameters(size, { masks: 0 }), "rise: masks must be an integer of at least 1; got 0."],
    [() => riseParameters(size, { cells: 7 }), "cells must be an integer from 1 to 6; got 7"],
    [() => riseParameters(size, { probability: 1 }), "must be between 0 and 1; got 1"],
    [() => riseParameters(size, { probability: Number.NaN }), "got NaN"],
    [() => limeParameters(size, { segments: 1 }), "lime: segments must be an integer from 2 to 48; got 1."],
    [() => limeParameters(size, { samples: 13, segments: 12 }), "13 samples are too few for 12 segments"],
    [
      () => limeParameters(size, { segments: 9, kernelWidth: 0 }),
      "the kernel width must be a number above 0",
    ],
    [() => limeParameters(size, { segments: 9, ridge: -1 }), "ridge must be a number above 0; got -1."],
    [
      () => kernelShapParameters(size, { samples: 13, segments: 12 }),
      "take at least 14 samples; or take fewer segments",
    ],
    [
      () => kernelShapParameters(size, { segments: 49 }),
      "kernel-shap: segments must be an integer from 2 to 48",
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(
      expect.objectContaining({ kind: "usage", message: expect.stringContaining(message) }),
    );
  });

  test("when the method is used, too", async () => {
    await expect(occlusion({ window: 0 })(contextOf(network(4), picture))).rejects.toThrow("window");
    await expect(kernelShap({ samples: 3 })(contextOf(network(4), picture))).rejects.toThrow("samples");
    const wrong = scoreCam({ activations: { ...activations, channels: 4 } });
    await expect(wrong(contextOf(network(4), picture))).rejects.toThrow(
      "score-cam: activations of 4 x 3 x 4 (channels x height x width) must be 48 numbers, not 60.",
    );
  });
});

/** What a linear network's score loses with each superpixel, on each of its pixels. */
function lossBySegment(of: ArrayLike<number>, grey: Float32Array, segments: number): number[] {
  const { labels } = superpixels(grey, greyShape, { segments });
  return Array.from(labels, (label) =>
    grey.reduce((sum, value, i) => sum + (labels[i] === label ? (of[i] ?? 0) * value : 0), 0),
  );
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const centre = (values: ArrayLike<number>) => {
    const mean = total(values) / values.length;
    return Array.from(values, (value) => value - mean);
  };
  const [left, right] = [centre(a), centre(b)];
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
}
