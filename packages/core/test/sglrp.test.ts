import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { MethodName } from "../src/index.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

/** Logits W relu(conv(x)) + margins: the biases of the last layer are not part of zplus. */
function classifier(margins: readonly number[]) {
  const g = network({ input: ["N", 3, 5, 5], seed: 11 });
  const features = g.flatten(g.add("Relu", [g.conv(g.image, [4, 3, 3, 3])]));
  const weight = g.weights([36, margins.length], -0.2, 0.2);
  return g.model(g.add("Softmax", [g.add("Gemm", [features, weight, g.floats(margins)])]));
}

const images = pictures(2, 75, 3);

async function explained(margins: readonly number[], target: number, method: MethodName = "sglrp") {
  const results = await explainOnce(
    classifier(margins),
    images,
    images.map(() => [target]),
    { method },
  );
  return results;
}

describe("of two classes the unit map is the same whatever the margin", () => {
  test.each([-60, -30, 0, 30, 60, 85])("margin %i", async (margin) => {
    const [expected, found] = [await explained([1, 0], 0), await explained([margin, 0], 0)];
    for (const [n, { explanations }] of expected.entries()) {
      const map = mapOf(found, n, 0);
      expect.soft(map.every(Number.isFinite)).toBe(true);
      expect.soft(map).toBeNear(explanations[0]?.relevance ?? [1], 1e-3);
    }
  });
});

test("of five classes too, so long as the others stand to each other as before", async () => {
  const [expected, found] = [await explained([1, 0.5, 0, -1, 2], 0), await explained([60, 0.5, 0, -1, 2], 0)];
  for (const [n, { explanations }] of expected.entries())
    expect(mapOf(found, n, 0)).toBeNear(explanations[0]?.relevance ?? [1], 1e-3);
});

describe("the scale is p_t (1 - p_t)", () => {
  test.each([-60, -30, -3, 0, 1, 30, 60])("margin %i", async (margin) => {
    for (const { logits, explanations } of await explained([margin, 0, -1], 0)) {
      const { scale } = seeds.sglrp(Float64Array.from(logits), 0);
      const found = explanations[0]?.seedScale ?? Number.NaN;
      expect(Math.abs(found / scale - 1)).toBeLessThan(1e-5);
    }
  });
});

test("the unit map times the scale is the gradient of the probability", async () => {
  const margins = [1, 0.5, 0];
  const [sglrp, targets] = [
    await explained(margins, 1),
    await Promise.all([0, 1, 2].map((t) => explained(margins, t, "lrp"))),
  ];
  for (const [n, { explanations, probabilities }] of sglrp.entries()) {
    const [p = Number.NaN] = [probabilities[1]];
    const parts = targets.map((results) => results[n]?.explanations[0]);
    // Eq. 10, from the maps of single classes: relevance is linear in the seed.
    const sum = Array.from(explanations[0]?.relevance ?? [], (_, at) =>
      parts.reduce((all, part, c) => {
        const weight = c === 1 ? p * (1 - p) : -p * (probabilities[c] ?? Number.NaN);
        return all + (weight * (part?.relevance[at] ?? Number.NaN)) / (part?.logit ?? Number.NaN);
      }, 0),
    );
    const found =
      explanations[0]?.relevance.map((value) => value * (explanations[0]?.seedScale ?? Number.NaN)) ?? [];
    expect(found).toBeNear(sum, 1e-5);
  }
});

test("methods without a scale report 1", async () => {
  for (const method of ["lrp", "clrp", "gradient"] as const)
    for (const { explanations } of await explained([1, 0], 0, method))
      expect(explanations[0]?.seedScale).toBe(1);
});
