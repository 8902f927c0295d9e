/** Behaviour that has been wrong once, one test each: what holds of maps, networks, the conservation report and errors. */
import { floatValue as float, type Model, type ValueInfo } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";
import { epsilon, zplus } from "../src/rules/index.ts";
import { total } from "./compare.ts";
import { everywhere, explainerWith } from "./engine.ts";
import { mixed } from "./mixed-seed.ts";
import { composites, ruleEverywhere } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

/** Activations of both signs, 3 x 4 x 4, the operation, and its result as the scores. */
function alone(build: (g: Network, x: string) => string): Model {
  const g = network({ input: ["N", 3, 4, 4], seed: 3 });
  return g.model(g.flatten(build(g, g.add("LeakyRelu", [g.image]))));
}

const engineRules = { zplus, epsilon: epsilon(1e-6) };

async function expectSame(model: Model, rule: keyof typeof engineRules = "zplus"): Promise<void> {
  const images = pictures(2, 48);
  const results = await withExplainer(
    explainerWith(model, everywhere(engineRules[rule]), mixed.engine),
    (explainer) => explainer.explain(images, [[0], [1]]),
  );
  const how = { seed: mixed.oracle, composite: ruleEverywhere(rule), ...pixels };
  for (const n of [0, 1]) {
    const [map = []] = explain(model, images.slice(n, n + 1), [n], how).maps;
    expect(mapOf(results, n)).toBeNear(map, 1e-5);
  }
}

/** A network that takes each channel for a picture of its own. */
function channelByChannel(): Model {
  const g = network({ input: ["N", 3, 4, 4] });
  const channels = g.add("Reshape", [g.image, g.ints([-1, 1, 4, 4])]);
  const features = g.add("Reshape", [g.conv(channels, [2, 1, 3, 3]), g.ints([-1, 24])]);
  return g.model(g.dense(features, 24, 4));
}

describe("maps agree with the oracle", () => {
  test("of a MaxPool whose places count columns first (storage_order)", () =>
    expectSame(alone((g, x) => g.add("MaxPool", [x], { kernel_shape: [2, 2], storage_order: 1 }))));

  test("a Sum of one signal passes relevance on unchanged", () =>
    expectSame(alone((g, x) => g.add("Sum", [x]))));

  test("a Clip to below zero does not keep its input's sign", () =>
    expectSame(
      alone((g, x) => {
        const below = g.add("Clip", [g.add("Relu", [x]), "", g.floats([-0.5], [])]);
        return g.conv(below, [4, 3, 2, 2]);
      }),
    ));

  test("batch normalization after a ConvTranspose in groups is one layer with it", () => {
    const model = alone((g, x) => {
      const up = g.add("ConvTranspose", [x, g.weights([3, 2, 2, 2])], { group: 3 });
      return g.norm(up, 6);
    });
    return expectSame(model, "epsilon");
  });

  test("a denominator near the smallest float gives a finite map", async () => {
    const g = network({ input: ["N", 3, 4, 4] });
    const faint = g.add("Mul", [g.add("Relu", [g.image]), g.floats([1e-37], [])]);
    const scores = g.add("Add", [g.flatten(g.add("Conv", [faint, g.weights([4, 3, 2, 2])])), g.floats([30])]);
    const results = await explainOnce(g.model(scores), pictures(1, 48), [[0]], {
      method: "lrp",
      composite: "zplus",
    });
    expect(mapOf(results).every(Number.isFinite)).toBe(true);
  });
});

describe("networks are explained", () => {
  test("whose scores are activations, flattened", async () => {
    const g = network({ input: ["N", 3, 4, 4] });
    const model = g.model(g.flatten(g.add("Sigmoid", [g.conv(g.image, [2, 3, 3, 3])])));
    const made = explainerFor(model, { method: "lrp" });
    expect(await withExplainer(made, ({ head }) => head.classes)).toBe(8);
  });

  test("with zbox where the channels have become pictures", async () => {
    const model = channelByChannel();
    const images = pictures(2, 48);
    const results = await explainOnce(model, images, [[0], [1]], { method: "lrp" });
    const how = { seed: seeds.lrp, composite: composites["zplus-box"], ...pixels };
    const [map = []] = explain(model, images.slice(1), [1], how).maps;
    expect(mapOf(results, 1, 0)).toBeNear(map, 1e-5);
  });

  test("with zbox where the picture is joined with coordinates, expanded to the batch", async () => {
    const joined = (batch: "N" | 1) => {
      const g = network({ input: [batch, 3, 4, 4] });
      const coordinates = g.weights([1, 1, 4, 4]);
      const count = g.add("Gather", [g.add("Shape", [g.image]), g.ints([0])]);
      const shape = g.add("Concat", [count, g.ints([1, 4, 4])], { axis: 0 });
      const expanded = batch === 1 ? coordinates : g.add("Expand", [coordinates, shape]);
      const x = g.add("Concat", [g.image, expanded], { axis: 1 });
      return g.model(g.flatten(g.conv(x, [2, 4, 3, 3])));
    };
    const images = pictures(2, 48);
    const results = await explainOnce(joined("N"), images, [[0], [1]], { method: "lrp" });
    // One picture at a time the coordinates are a constant.
    const single = await explainOnce(joined(1), images, [[0], [1]], { method: "lrp", batchSize: 1 });
    for (const n of [0, 1]) {
      expect(mapOf(results, n).some((value) => value !== 0)).toBe(true);
      expect(mapOf(results, n)).toBeNear(mapOf(single, n), 1e-5);
    }
  });
});

describe("operations that only move relevance give the map the logit's sum", () => {
  test.each<[string, (g: Network, x: string) => string]>([
    ["Split", (g, x) => g.addMany("Split", [x, g.ints([1, 2])], 2, { axis: 1 })[1] ?? ""],
    ["Tile", (g, x) => g.add("Tile", [x, g.ints([1, 1, 2, 1])])],
    [
      "DepthToSpace",
      (g, x) => g.add("DepthToSpace", [g.add("Concat", [x, x, x, x], { axis: 1 })], { blocksize: 2 }),
    ],
    ["SpaceToDepth", (g, x) => g.add("SpaceToDepth", [x], { blocksize: 2 })],
    ["Resize", (g, x) => g.add("Resize", [x, "", g.floats([1, 1, 2, 2])], { mode: "nearest" })],
    ["GlobalMaxPool", (g, x) => g.add("GlobalMaxPool", [x])],
    ["Max", (g, x) => g.add("Max", [x, g.add("Tanh", [x])])],
  ])("%s", async (_, build) => {
    const [result] = await explainOnce(alone(build), pictures(1, 48), [[0]], { method: "lrp" });
    const [explanation] = result?.explanations ?? [];
    expect(total(explanation?.relevance ?? [])).toBeCloseTo(explanation?.logit ?? Number.NaN, 5);
  });
});

describe("the conservation report", () => {
  test("of gamma counts an output of zero once", async () => {
    const g = network({ input: ["N", 3, 4, 4] });
    const black = g.add("Relu", [g.add("Conv", [g.image, g.weights([4, 3, 1, 1])])]);
    // A term of its own, the same for all channels: scores get relevance where the convolution's output is zero.
    const second = g.add("Add", [g.add("Conv", [black, g.weights([2, 4, 1, 1])]), g.floats([0.4], [])]);
    const scores = g.add("Gemm", [g.flatten(second), g.weights([32, 3])], { alpha: float(1) });
    const [result] = await explainOnce(
      g.model(scores),
      [new Float32Array(48).fill(1).fill(0, 0, 8).fill(0, 16, 24).fill(0, 32, 40)],
      [[0]],
      {
        method: "lrp",
        composite: "epsilon-gamma-box",
        conservation: true,
      },
    );
    const row = result?.conservation?.[0]?.find(({ rule }) => rule.startsWith("gamma"));
    if (row === undefined) throw new Error("no gamma layer");
    expect(row.zeroDenominator).not.toBe(0);
    const rest = row.relevanceIn - row.relevanceOut - row.bias - row.stabilizer - row.zeroDenominator;
    expect(Math.abs(rest)).toBeLessThan(1e-4 * Math.abs(row.relevanceIn));
  });

  test.each([
    ["where the channels have become pictures", channelByChannel],
    [
      "where a batch of one was squeezed away",
      () => {
        const g = network({ input: [1, 3, 4, 4] });
        const single = g.add("Tanh", [g.add("Squeeze", [g.image, g.ints([0])])]);
        return g.model(g.dense(g.add("Reshape", [single, g.ints([1, 48])]), 48, 4));
      },
    ],
  ])("%s", async (_, build) => {
    const [result] = await explainOnce(build(), pictures(1, 48), [[0]], {
      method: "lrp",
      composite: "zplus",
      conservation: true,
    });
    for (const row of result?.conservation?.[0] ?? [])
      expect(row.relevanceOut + row.zeroDenominator).toBeCloseTo(row.relevanceIn, 4);
  });
});

describe("unusual requests", () => {
  test("a batch that leaves the first dimension and comes back changes nothing", async () => {
    const swap = { perm: [1, 0, 2, 3] };
    const moved = alone((g, x) => g.add("Transpose", [g.add("Tanh", [g.add("Transpose", [x], swap)])], swap));
    const plain = alone((g, x) => g.add("Tanh", [x]));
    const images = pictures(3, 48);
    const targets = images.map(() => [0, 1]);
    const [found, wanted] = [
      await explainOnce(moved, images, targets, { method: "lrp" }),
      await explainOnce(plain, images, targets, { method: "lrp" }),
    ];
    for (const n of [0, 1, 2]) expect(mapOf(found, n, 1)).toBeNear(mapOf(wanted, n, 1), 1e-6);
  });

  test("pictures of float64, whose weights are float32, are explained as float32", async () => {
    const model = alone((g, x) => g.add("Tanh", [x]));
    const float64 = ({ name, type }: ValueInfo) => ({
      name,
      type: { type: "float64" as const, dims: type?.dims },
    });
    const { graph } = model;
    const wide = {
      ...model,
      graph: { ...graph, inputs: graph.inputs.map(float64), outputs: graph.outputs.map(float64) },
    };
    const images = pictures(1, 48);
    const [found, wanted] = [
      await explainOnce(wide, images, [[0]], { method: "lrp" }),
      await explainOnce(model, images, [[0]], { method: "lrp" }),
    ];
    expect(mapOf(found)).toBeNear(mapOf(wanted), 1e-6);
  });

  test("a batch size that is no number is wrong usage", async () => {
    // Not run: with NaN a batch of no picture ends the whole process.
    const model = alone((g, x) => g.add("Tanh", [x]));
    const error = await userErrorOf(() => explainerFor(model, { method: "lrp", batchSize: Number.NaN }));
    expect(error.kind).toBe("usage");
  });
});
