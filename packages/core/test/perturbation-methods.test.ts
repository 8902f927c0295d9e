/** Methods that ask the network again and again, through createExplainer. */
import { writeModel } from "@onnx-lrp/onnx-loader";
import { explainerFor, mapOf } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { forwardPasses, methods } from "../src/index.ts";
import { costText, type OpenSession } from "../src/internal.ts";
import { total } from "./compare.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { runForward } from "./oracle/forward.ts";
import { wiringOf } from "./oracle/network.ts";
import { batchOf } from "./oracle/relevance.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const names = Object.values(methods).flatMap((method) =>
  method.kind === "perturbation" ? [method.name] : [],
);
const few = { samples: 40, segments: 6, window: 4, stride: 4, cells: 3 };
const images = pictures(2, 192, 131);

describe.each(names)("%s", (method) => {
  test.each([
    { name: "any batch", model: residualNetwork() },
    { name: "a batch of 1", model: residualNetwork({ batch: 1 }) },
    { name: "a batch of 2", model: residualNetwork({ batch: 2 }) },
    { name: "channels last", model: residualNetwork({ layout: "nhwc" }) },
    { name: "a softmax", model: residualNetwork({ softmax: true }) },
  ])("$name", async ({ model }) => {
    const explainer = await explainerFor(model, { method, ...few });
    expect(explainer.map).toMatchObject({ channels: 1, height: 8, width: 8 });
    expect(explainer.prepared).toBeUndefined();
    const results = await explainer.explain(images, [
      [-1, 2],
      [3, -2],
    ]);
    const explained = await explainer.explain(images.slice(0, 1), [[2]]);
    await explainer.release();
    for (const [n, { logits, probabilities, explanations }] of results.entries()) {
      const ranking = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
      const meant = n === 0 ? [ranking[0], 2] : [3, ranking[1]];
      expect(explanations.map(({ target }) => target)).toEqual(meant);
      for (const { target, logit, probability, relevance, seedScale } of explanations) {
        expect(relevance).toHaveLength(64);
        expect(relevance.every(Number.isFinite)).toBe(true);
        expect(logit).toBe(logits[target]);
        expect(probability).toBe(probabilities[target]);
        expect(seedScale).toBe(1);
      }
      expect(total(probabilities)).toBeCloseTo(1, 6);
    }
    // Neither the other target nor the other picture changes a map.
    expect(mapOf(explained)).toEqual(mapOf(results, 0, 1));
  });
});

test("the cost that a method states is the pictures that the network is given", async () => {
  const model = residualNetwork();
  for (const method of ["occlusion", "rise", "lime", "kernel-shap", "random", "edge"] as const) {
    let pictures = 0;
    const openSession: OpenSession = async (network) => {
      const session = await ort.InferenceSession.create(writeModel(network));
      const run = session.run.bind(session);
      session.run = async (feeds: Parameters<typeof run>[0], ...rest: []) => {
        pictures += Number(Object.values(feeds)[0]?.dims[0]);
        return run(feeds, ...rest);
      };
      return session;
    };
    const explainer = await explainerFor(model, { method, ...few, openSession });
    await explainer.explain(images.slice(0, 1), [[1]]);
    await explainer.release();
    expect([method, pictures]).toEqual([method, forwardPasses(methods[method], explainer.image, few)]);
  }
});

test("costs of methods", () => {
  const size = { height: 224, width: 224 };
  expect(forwardPasses(methods.sglrp, size)).toBe(3);
  expect(forwardPasses(methods.smoothgrad, size, { samples: 7 })).toBe(14);
  expect(forwardPasses(methods.occlusion, size)).toBe(1 + 15 * 15);
  expect(forwardPasses(methods["score-cam"], size, {}, 512)).toBe(514);
  expect(() => forwardPasses(methods["score-cam"], size)).toThrow(/channels of its layer/);
  expect(costText(methods.smoothgrad.cost)).toBe("2 x samples");
  expect(costText(methods.occlusion.cost)).toBe("1 + places of the window");
});

test("score-cam: activations of the layer, weighted by the scores behind each", async () => {
  const g = network({ seed: 132, input: ["N", 3, 8, 8] });
  const layer = g.add("Relu", [g.conv(g.image, [4, 3, 3, 3], { strides: [2, 2] })]);
  const later = g.add("Relu", [g.conv(layer, [3, 4, 2, 2])]);
  const model = g.model(g.dense(g.flatten(g.add("GlobalAveragePool", [later])), 3, 5));
  for (const value of [layer, later]) {
    const name = model.graph.nodes.find(({ outputs }) => outputs[0] === value)?.name;
    const wanted = value === later ? undefined : name;
    for (const score of ["probability", "logit"] as const) {
      const explainer = await explainerFor(model, { method: "score-cam", layer: wanted, score });
      expect(explainer.record.settings).toMatchObject({ layer: name, score });
      const results = await explainer.explain(images, [[1], [4]]);
      await explainer.release();
      for (const [n, target] of [1, 4].entries()) {
        const picture = images[n] ?? new Float32Array();
        const expected = scoreCam(model, value, picture, target, score);
        const found = mapOf(results, n, 0);
        for (const [i, v] of expected.entries()) expect.soft(found[i]).toBeCloseTo(v, 5);
      }
    }
  }
});

function scoreCam(
  model: Parameters<typeof runForward>[0],
  layer: string,
  picture: Float32Array,
  target: number,
  score: "probability" | "logit",
): Float64Array {
  const activations = runForward(model, batchOf(model, [picture])).get(layer);
  const [, channels = 0, h = 0, w = 0] = activations?.dims ?? [];
  const each = Array.from({ length: channels }, (_, c) =>
    (activations?.data ?? new Float64Array()).slice(c * h * w, (c + 1) * h * w),
  ).filter((channel) => channel.some((v) => v !== channel[0]));
  const scores = each.map((channel) => {
    const wide = enlarged(channel, [h, w], [8, 8], "centres");
    const [low, high] = [Math.min(...wide), Math.max(...wide)];
    const mask = wide.map((v) => (v - low) / (high - low));
    const z = runForward(model, batchOf(model, [picture.map((x, i) => x * (mask[i % 64] ?? 0))]));
    const logits = z.get(wiringOf(model).logits)?.data ?? new Float64Array();
    const sum = logits.reduce((all, v) => all + Math.exp(v), 0);
    return score === "logit" ? (logits[target] ?? 0) : Math.exp(logits[target] ?? 0) / sum;
  });
  const sum = scores.reduce((all, v) => all + Math.exp(v), 0);
  const weighted = new Float64Array(h * w);
  for (const [c, channel] of each.entries()) {
    for (const [i, v] of channel.entries())
      weighted[i] = (weighted[i] ?? 0) + (Math.exp(scores[c] ?? 0) / sum) * v;
  }
  return enlarged(
    weighted.map((v) => Math.max(v, 0)),
    [h, w],
    [8, 8],
    "centres",
  );
}

test("what they do not take", async () => {
  for (const options of [
    { composite: "zplus" },
    { conservation: true },
    { layer: "Relu2" },
    { baseline: new Float32Array(192) },
    { baseline: [1, 2] },
  ] as const) {
    const made = explainerFor(residualNetwork(), { method: "occlusion", ...options });
    await expect(made, JSON.stringify(options)).rejects.toMatchObject({ kind: "usage" });
  }
  const explainer = await explainerFor(residualNetwork(), { method: "random" });
  await expect(explainer.explain(images, [[0], [5]])).rejects.toMatchObject({ kind: "usage" });
  await expect(explainer.explain([new Float32Array(3)], [[0]])).rejects.toMatchObject({ kind: "input" });
  await explainer.release();
});
