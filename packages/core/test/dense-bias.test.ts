/** The bias of a dense layer of tokens that quantization has parted from it (fold-dense-bias.ts). */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainOnce } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { inspectExplanation } from "../src/index.ts";
import { pictures } from "./pictures.ts";

/** Tokens [N, 16, 3], a dense layer with something between its product and its bias, and 4 scores. */
function tokens(between: (g: Network, product: string) => string, factor = 1): Model {
  const g = network({ input: ["N", 3, 4, 4], seed: 9 });
  const x = g.add("Transpose", [g.add("Reshape", [g.image, g.ints([0, 3, 16])])], { perm: [0, 2, 1] });
  const weight = [0.7, -0.4, 0.3, 0.9, -0.8, 0.5].map((each) => each * factor);
  const product = between(g, g.add("MatMul", [x, g.floats(weight, [3, 2])]));
  const tall = g.add("Add", [product, g.floats([0.3, -0.2], [2])]);
  return g.model(g.add("Gemm", [g.flatten(g.add("Tanh", [tall])), g.weights([32, 4])]));
}

const plain = tokens((_, product) => product);
const images = pictures(2, 48, 3);
const ask = { method: "sglrp", composite: "zplus", head: "softmax" } as const;

async function maps(model: Model): Promise<Float32Array[]> {
  const results = await explainOnce(model, images, [[1], [2]], ask);
  return results.flatMap(({ explanations }) => explanations.map(({ relevance }) => relevance));
}

const expected = await maps(plain);

describe("what changes nothing lies outside of the layer", () => {
  const cases: Readonly<Record<string, Model>> = {
    "a factor": tokens((g, y) => g.add("Mul", [y, g.floats([0.25], [])]), 4),
    "a factor for each channel": tokens((g, y) => g.add("Mul", [g.floats([0.5, 0.5], [2]), y]), 2),
    "bounds that are far": tokens((g, y) => g.add("Clip", [y, g.floats([-50], []), g.floats([60], [])])),
    "factors, then bounds": tokens(
      (g, y) =>
        g.add("Clip", [g.add("Mul", [y, g.floats([0.5], [])]), g.floats([-50], []), g.floats([60], [])]),
      2,
    ),
  };
  test.each(Object.entries(cases))("%s", async (_, model) => {
    for (const [n, map] of (await maps(model)).entries()) expect(map).toBeNear(expected[n] ?? [], 1e-5);
  });
});

test("bounds that cut keep the scores", async () => {
  const between = (g: Network, y: string) => g.add("Clip", [y, g.floats([-0.2], []), g.floats([0.3], [])]);
  const [cut] = await explainOnce(tokens(between), images.slice(0, 1), [[1]], ask);
  const [unfolded] = await explainOnce(
    tokens((g, y) => g.add("Min", [g.add("Max", [y, g.floats([-0.2], [])]), g.floats([0.3], [])])),
    images.slice(0, 1),
    [[1]],
    ask,
  );
  expect(cut?.logits ?? []).toBeNear(unfolded?.logits ?? [1], 1e-5);
});

test("an activation between product and bias stays", async () => {
  const model = tokens((g, y) => g.add("Clip", [y, g.floats([0], []), g.floats([6], [])]));
  const { graph } = await inspectExplanation(model, ort, {});
  const kinds = graph.nodes.map(({ node }) => node.op);
  expect(kinds).toContain("MatMul");
  expect(kinds).toContain("Clip");
});
