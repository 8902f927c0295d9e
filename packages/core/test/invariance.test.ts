/** What must not change a map: how many others are made beside it, and how the picture lies in memory. */
import { explainerFor, explainOnce, mapOf, pixels } from "@onnx-lrp/test-kit/explain";
import { describe, expect, test } from "vitest";
import { composites, oracleComposites } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const images = pictures(3, 192, 4);
const targets = [
  [0, 1, 4],
  [4, 4, 2],
  [3, 2, 1],
];

describe.each(oracleComposites)("%s", (composite) => {
  test("targets and pictures together are as one by one, and classes as ranks", async () => {
    const explainer = await explainerFor(residualNetwork(), { composite });
    const together = await explainer.explain(images, targets);
    for (const [n, image] of images.entries()) {
      for (const [k, target] of (targets[n] ?? []).entries()) {
        const [alone] = await explainer.explain([image], [[target]]);
        const [one, many] = [alone?.explanations[0], together[n]?.explanations[k]];
        expect.soft(many?.relevance ?? []).toBeNear(one?.relevance ?? [1], 1e-5);
        expect.soft(many?.target).toBe(target);
        expect.soft(many?.seedScale).toBeCloseTo(one?.seedScale ?? Number.NaN, 6);
      }
      const [ranked] = await explainer.explain([image], [[-1, -2, -5]]);
      const order = [0, 1, 2, 3, 4].sort((a, b) => (ranked?.logits[b] ?? 0) - (ranked?.logits[a] ?? 0));
      const wanted = [0, 1, 4].map((rank) => order[rank] ?? -1);
      expect.soft(ranked?.explanations.map(({ target }) => target)).toEqual(wanted);
      const [named] = await explainer.explain([image], [wanted]);
      for (const [k, { relevance, logit, probability }] of (ranked?.explanations ?? []).entries()) {
        expect.soft(relevance).toBeNear(named?.explanations[k]?.relevance ?? [1], 1e-6);
        expect.soft(logit).toBe(named?.logits[wanted[k] ?? 0]);
        expect.soft(probability).toBe(named?.probabilities[wanted[k] ?? 0]);
      }
    }
    await explainer.release();
  });

  test.each([1, 3, 4])("a fixed batch of %i", async (batch) => {
    const expected = await explainOnce(residualNetwork(), images, targets, { composite });
    const found = await explainOnce(residualNetwork({ batch }), images, targets, { composite });
    for (const [n, { explanations }] of expected.entries())
      for (const [k, { relevance }] of explanations.entries())
        expect.soft(mapOf(found, n, k)).toBeNear(relevance, 1e-5);
  });

  test("channels last give the transposed map", async () => {
    const turned = images.map((image) =>
      Float32Array.from({ length: 192 }, (_, at) => image[(at % 3) * 64 + Math.floor(at / 3)] ?? 0),
    );
    const expected = await explainOnce(residualNetwork(), images, targets, { composite });
    const found = await explainOnce(residualNetwork({ layout: "nhwc" }), turned, targets, { composite });
    for (const [n, { explanations }] of expected.entries())
      for (const [k, { relevance }] of explanations.entries()) {
        const map = relevance.map((_, at) => relevance[(at % 3) * 64 + Math.floor(at / 3)] ?? 0);
        expect.soft(mapOf(found, n, k)).toBeNear(map, 1e-5);
      }
  });

  test("the whole network is as the oracle says", async () => {
    const model = residualNetwork({ signed: true, softmax: true });
    const results = await explainOnce(model, images, targets, { composite, method: "clrp" });
    const how = { seed: seeds.clrp, composite: composites[composite], ...pixels };
    for (const [n, { explanations }] of results.entries()) {
      const [{ target, relevance } = { target: 0, relevance: new Float32Array() }] = explanations;
      const [map] = explain(model, images.slice(n, n + 1), [target], how).maps;
      expect.soft(relevance).toBeNear(map ?? [1], 1e-4);
    }
  });
});
