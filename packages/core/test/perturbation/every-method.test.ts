/** What all methods that only need scores have in common. */
import { describe, expect, test } from "vitest";
import { kernelShap, lime, occlusion, type Perturbation, rise, scoreCam } from "../../src/index.ts";
import {
  edge,
  kernelShapParameters,
  limeParameters,
  occlusionParameters,
  random,
  riseParameters,
} from "../../src/internal.ts";
import { difference, total } from "../compare.ts";
import { contextOf, dot, handMade } from "../hand-made-black-box.ts";
import { activations, network, one, picture, pixels, size, weights } from "./known-scores.ts";

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
    [() => riseParameters(size, { masks: 0 }), "rise: masks must be an integer from 1 to 100000; got 0."],
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
      "score-cam: activations of 4 x 3 x 4 (channels x height x width) must be 48 numbers; got 60.",
    );
  });
});
