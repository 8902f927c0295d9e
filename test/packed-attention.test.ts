/**
 * One layer that makes queries, keys and values, and three layers that make one each, are the same network: the same maps for the
 * same number of multiply-adds, though nothing comes back to two thirds of the one layer.
 */
import { prepareExplanation } from "@onnx-lrp/core/internal";
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { explanationCost } from "./bench/src/cost.ts";

const [tokens, width, heads] = [5, 8, 2];
const size = width / heads;

/** Queries, keys and values [N, L, E] of tokens, by the columns of one weight [E, 3 E] and bias. */
type Way = (g: Network, x: string, weight: readonly number[], bias: readonly number[]) => readonly string[];

const linear = (g: Network, x: string, weight: string, bias: string) =>
  g.add("Add", [g.add("MatMul", [x, weight]), bias]);

const packed = (g: Network, x: string, weight: readonly number[], bias: readonly number[]) =>
  linear(g, x, g.floats(weight, [width, 3 * width]), g.floats(bias));

const ways: Readonly<Record<string, Way>> = {
  "by Split": (g, x, weight, bias) =>
    g.addMany("Split", [packed(g, x, weight, bias), g.ints([width, width, width])], 3, { axis: -1 }),
  "by Slice": (g, x, weight, bias) => {
    const all = packed(g, x, weight, bias);
    return [0, 1, 2].map((i) =>
      g.add("Slice", [all, g.ints([i * width]), g.ints([(i + 1) * width]), g.ints([2])]),
    );
  },
  "by axes, tokens first": (g, x, weight, bias) => {
    const moved = g.add("Transpose", [x], { perm: [1, 0, 2] });
    const apart = g.add("Reshape", [packed(g, moved, weight, bias), g.ints([tokens, -1, 3, width])]);
    const first = g.add("Squeeze", [
      g.add("Transpose", [g.add("Unsqueeze", [apart, g.ints([0])])], { perm: [3, 1, 2, 0, 4] }),
      g.ints([3]),
    ]);
    return [0, 1, 2].map((i) =>
      g.add("Transpose", [g.add("Gather", [first, g.ints([i], [])], { axis: 0 })], { perm: [1, 0, 2] }),
    );
  },
};

const separate: Way = (g, x, weight, bias) =>
  [0, 1, 2].map((i) => {
    const own = (_: number, at: number) => Math.floor(at / width) % 3 === i;
    return linear(g, x, g.floats(weight.filter(own), [width, width]), g.floats(bias.filter(own)));
  });

function built(way: Way): Model {
  const random = seeded(4);
  const g = network({ input: ["N", 3, 4, 4], seed: 8 });
  const patches = g.add("Reshape", [
    g.conv(g.image, [width, 3, 2, 2], { strides: [2, 2] }),
    g.ints([0, width, 4]),
  ]);
  const rows = g.add("Transpose", [patches], { perm: [0, 2, 1] });
  let x = g.add("Pad", [rows, g.ints([0, 1, 0, 0, 0, 0])]);
  x = g.add("Add", [x, g.weights([1, tokens, width])]);
  for (let block = 0; block < 2; block += 1) {
    const parts = way(g, x, numbers(random, 3 * width * width), numbers(random, 3 * width));
    const [q = "", k = "", v = ""] = parts.map((part) =>
      g.add("Transpose", [g.add("Reshape", [part, g.ints([0, tokens, heads, size])])], {
        perm: [0, 2, 1, 3],
      }),
    );
    const scores = g.add("MatMul", [q, g.add("Transpose", [k], { perm: [0, 1, 3, 2] })]);
    const mixed = g.add("MatMul", [g.add("Softmax", [scores], { axis: -1 }), v]);
    const joined = g.add("Reshape", [
      g.add("Transpose", [mixed], { perm: [0, 2, 1, 3] }),
      g.ints([0, tokens, width]),
    ]);
    x = g.add("Add", [x, linear(g, joined, g.weights([width, width]), g.weights([width], -0.3, 0.3))]);
  }
  return g.model(g.dense(g.add("Gather", [x, g.ints([0], [])], { axis: 1 }), width, 4));
}

const images = [0, 1].map((i) => Float32Array.from(numbers(seeded(20 + i), 48)));
const targets = [
  [1, 3],
  [0, 2],
];
const three = built(separate);

describe.each(Object.entries(ways))("%s", (_, way) => {
  const one = built(way);

  test.each(["transformer", "attnlrp", "gradient"] as const)("%s has the same maps", async (composite) => {
    const options = { method: "sglrp", composite } as const;
    const [together, apart] = [
      await explainOnce(one, images, targets, options),
      await explainOnce(three, images, targets, options),
    ];
    expect(mapOf(together, 1, 1)).toBeNear(mapOf(apart, 1, 1), 2e-5);
  });

  test("for no more multiply-adds", async () => {
    const options = { composite: "transformer" } as const;
    const costOf = async (model: Model) =>
      explanationCost(await prepareExplanation(model, ort, options), model, ort);
    const [together, apart] = [await costOf(one), await costOf(three)];
    expect(together.forward.multiplyAdds).toBe(apart.forward.multiplyAdds);
    expect(together.one.multiplyAdds).toBe(apart.one.multiplyAdds);
    expect(together.five.multiplyAdds).toBe(apart.five.multiplyAdds);
  });

  test("the conservation report has the sums of all of them", async () => {
    const options = { method: "lrp", composite: "transformer", conservation: true } as const;
    const [whole, parts] = [
      await explainOnce(one, images, targets, options),
      await explainOnce(one, images, targets, { ...options, conservation: false }),
    ];
    expect(mapOf(parts, 1, 0)).toBeNear(mapOf(whole, 1, 0), 2e-5);
    const layers = whole[1]?.conservation?.[0]?.filter(({ op }) => op === "Gemm" || op === "MatMul") ?? [];
    expect(layers.length).toBeGreaterThanOrEqual(6);
  });
});
