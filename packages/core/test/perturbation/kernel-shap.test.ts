import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { describe, expect, test } from "vitest";
import { type KernelShapOptions, kernelShap, superpixels } from "../../src/index.ts";
import { difference, total } from "../compare.ts";
import { contextOf, dot, handMade } from "../hand-made-black-box.ts";
import { greyShape, lossBySegment, one, picture, pixels, size, weights } from "./known-scores.ts";

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
