/** Why this class and not that one: the seed e_t - e_a. */
import { explainerFor, explainOnce, mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { describe, expect, test } from "vitest";
import { total } from "./compare.ts";
import { backward, oneHot } from "./oracle/backward.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { composites } from "./oracle/composites.ts";
import { runForward } from "./oracle/forward.ts";
import { batchOf, explain } from "./oracle/relevance.ts";
import type { SeedRule } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const model = residualNetwork({ seed: 14, signed: true });
const images = pictures(3, 192, 121);
const targets = [
  [0, 1],
  [2, 4],
  [3, 0],
];
const against = [
  [1, 2],
  [4, 0],
  [0, 3],
];

async function maps(
  options: NonNullable<Parameters<typeof explainerFor>[1]>,
  of = targets,
  other?: number[][],
) {
  const results = await explainOnce(model, images, of, options, other);
  return results;
}

describe.each(["lrp", "sglrp", "clrp"] as const)("%s", (method) => {
  test.each(["epsilon", "zplus-box", "epsilon-gamma-box"] as const)("%s", async (composite) => {
    const results = await maps({ method, composite, contrast: true }, targets, against);
    for (const [n, image] of images.entries()) {
      for (const [k, { target, relevance, seedScale }] of (results[n]?.explanations ?? []).entries()) {
        const seed: SeedRule = (z, t) => ({
          seed: z.map((_, i) => Number(i === t) - Number(i === against[n]?.[k])),
          scale: 1,
        });
        const [map = []] = explain(model, [image], [target], {
          seed,
          composite: composites[composite],
          ...pixels,
        }).maps;
        expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(map, 1e-4);
        expect(target).toBe(targets[n]?.[k]);
        expect(seedScale).toBe(1);
      }
    }
  });
});

/** Methods that are linear in the seed. */
describe.each([
  "gradient",
  "input-x-gradient",
  "smoothgrad",
  "integrated-gradients",
  "gradient-shap",
  "deeplift",
  "occlusion",
] as const)("%s", (method) => {
  test("is the difference of two maps", async () => {
    const options = { method, samples: 5, window: 3, stride: 2, score: "logit" } as const;
    const both = await maps({ ...options, contrast: true }, targets, against);
    const [own, others] = [await maps(options), await maps(options, against)];
    for (const [n, { explanations }] of both.entries()) {
      for (const [k, { relevance, convergenceDelta }] of explanations.entries()) {
        const a = mapOf(own, n, k);
        const b = mapOf(others, n, k);
        const map = Array.from(a, (v, i) => v - (b[i] ?? 0));
        expect.soft(relevance, `picture ${n}`).toBeNear(map, 2e-5);
        expect(convergenceDelta).toBeUndefined();
      }
    }
  });
});

test("grad-cam: the gradient of the difference weighs the channels", async () => {
  const layer = model.graph.nodes.find(({ op }) => op === "Concat")?.outputs[0] ?? "";
  const results = await maps({ method: "grad-cam", contrast: true }, targets, against);
  let seen = 0;
  for (const [n, image] of images.entries()) {
    const values = runForward(model, batchOf(model, [image]));
    for (const [k, { target, relevance }] of (results[n]?.explanations ?? []).entries()) {
      const seed = oneHot(5, target).map((v, i) => v - Number(i === against[n]?.[k]));
      const gradient = backward(model, values, seed).get(layer) ?? new Float64Array();
      const activations = values.get(layer)?.data ?? new Float64Array();
      const area = gradient.length / 9;
      const sum = new Float64Array(area);
      for (const [i, v] of activations.entries()) {
        const channel = Math.floor(i / area);
        const mean = total(gradient.slice(channel * area, (channel + 1) * area)) / area;
        sum[i % area] = (sum[i % area] ?? 0) + mean * v;
      }
      const side = Math.sqrt(area);
      const map = enlarged(
        sum.map((v) => Math.max(v, 0)),
        [side, side],
        [8, 8],
        "centres",
      );
      if (Math.hypot(...map) > 0) seen += 1;
      expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(map, 2e-5);
    }
  }
  expect(seen).toBeGreaterThan(1);
});

test("a class against itself is nothing, and ranks are classes", async () => {
  const nothing = await maps({ method: "lrp", composite: "epsilon", contrast: true }, targets, targets);
  for (const { explanations } of nothing) {
    for (const { relevance } of explanations) expect(Math.hypot(...relevance)).toBe(0);
  }
  const first = await maps({ method: "gradient" }, [[-1], [-1], [-1]]);
  const second = await maps({ method: "gradient" }, [[-2], [-2], [-2]]);
  for (const method of ["gradient", "smoothgrad", "occlusion"] as const) {
    const small = { method, contrast: true, samples: 2, window: 4, stride: 4 } as const;
    const ranked = await maps(small, [[-1], [-1], [-1]], [[-2], [-2], [-2]]);
    const [a, b] = [first, second].map((all) =>
      all.map(({ explanations }) => [explanations[0]?.target ?? 0]),
    );
    const named = await maps(small, a, b);
    for (const [n, { explanations }] of ranked.entries()) {
      expect(explanations[0]?.target).toBe(a?.[n]?.[0]);
      expect(mapOf(ranked, n)).toBeNear(mapOf(named, n), 1e-6);
    }
  }
});

test("an explainer for a contrast needs classes to hold against, and others take none", async () => {
  const options = { method: "lrp", composite: "epsilon" } as const;
  await withExplainer(explainerFor(model, { ...options, contrast: true }), async (explainer) => {
    expect(explainer.record.settings).toMatchObject({ contrast: true });
    for (const wrong of [
      undefined,
      [[0], [1], [2]],
      [[0, 1]],
      [
        [0, 1],
        [2, 3],
        [4, 9],
      ],
    ]) {
      await expect(explainer.explain(images, targets, wrong)).rejects.toMatchObject({ kind: "usage" });
    }
  });
  await withExplainer(explainerFor(model, options), async (explainer) => {
    await expect(explainer.explain(images, targets, against)).rejects.toMatchObject({ kind: "usage" });
  });
});
