import { describe, expect, test } from "vitest";
import { scoreCam } from "../../src/index.ts";
import { total } from "../compare.ts";
import { contextOf, handMade } from "../hand-made-black-box.ts";
import { network, one, picture, pixels } from "./known-scores.ts";

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
