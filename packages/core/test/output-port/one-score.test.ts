/** One score z, yes or no, against the network of two classes with the logits [0, z]. */
import type { ExplainerOptions } from "@onnx-lrp/core";
import { askQuestions, parseTarget } from "@onnx-lrp/core/internal";
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";
import { pictures } from "../pictures.ts";

function withEnd(end: (g: Network, z: string) => string): Model {
  const g = network({ input: ["N", 3, 6, 6], seed: 21 });
  const wide = g.add("Relu", [g.conv(g.image, [6, 3, 3, 3], { pads: [1, 1, 1, 1] })]);
  const deep = g.add("Relu", [g.conv(wide, [5, 6, 3, 3])]);
  return g.model(end(g, g.dense(g.flatten(g.add("GlobalAveragePool", [deep])), 5, 1)));
}

const forms: Readonly<Record<string, Model>> = {
  "a logit": withEnd((_, z) => z),
  "a Sigmoid": withEnd((g, z) => g.add("Sigmoid", [z])),
  "a Sigmoid without the axis of classes": withEnd((g, z) =>
    g.add("Squeeze", [g.add("Sigmoid", [z]), g.ints([1])]),
  ),
  "a map of one pixel": withEnd((g, z) => g.add("Sigmoid", [g.add("Unsqueeze", [z, g.ints([2, 3])])])),
};
const twin = withEnd((g, z) => g.add("Softmax", [g.add("Pad", [z, g.ints([0, 1, 0, 0])])]));
const images = pictures(2, 108, 8);
const [yes, no] = [1, 0];

const same: readonly ExplainerOptions[] = [
  { method: "sglrp", composite: "zplus-box" },
  { method: "sglrp", composite: "epsilon" },
  { method: "lrp", composite: "epsilon" },
  { method: "gradient" },
  { method: "integrated-gradients", samples: 5 },
  { method: "grad-cam" },
  { method: "occlusion", window: 2, score: "logit" },
  { method: "occlusion", window: 2, score: "probability" },
  { method: "lime", samples: 40, segments: 6 },
];

describe.each(Object.entries(forms))("%s", (_, model) => {
  test.each(
    same.map(
      (options) => [`${options.method} ${options.composite ?? options.score ?? ""}`, options] as const,
    ),
  )("yes is the second class of its twin: %s", async (__, options) => {
    const asked = images.map(() => [yes]);
    const found = await explainOnce(model, images, asked, options);
    const wanted = await explainOnce(twin, images, asked, options);
    for (const n of images.keys()) {
      expect(mapOf(found, n)).toBeNear(mapOf(wanted, n), 1e-5);
      const [own, other] = [found[n]?.explanations[0], wanted[n]?.explanations[0]];
      expect(own?.probability).toBeCloseTo(other?.probability ?? 0, 6);
      expect(own?.seedScale).toBeCloseTo(other?.seedScale ?? 0, 6);
    }
  });

  test.each([
    { method: "sglrp", composite: "zplus-box" },
    { method: "occlusion", window: 2, score: "probability" },
  ] satisfies ExplainerOptions[])("no is the first class of its twin: $method", async (options) => {
    const asked = images.map(() => [no]);
    const found = await explainOnce(model, images, asked, options);
    const wanted = await explainOnce(twin, images, asked, options);
    expect(mapOf(found)).toBeNear(mapOf(wanted), 1e-5);
  });

  test.each(["lrp", "gradient"] as const)("%s explains the score, whatever the answer", async (method) => {
    const results = await explainOnce(
      model,
      images,
      images.map(() => [yes, no]),
      { method },
    );
    expect(mapOf(results, 0, 1)).toBeNear(mapOf(results, 0, 0), 1e-6);
    expect(results[0]?.explanations[1]?.logit).toBe(results[0]?.explanations[0]?.logit);
  });

  test("the more probable answer comes first", async () => {
    const results = await explainOnce(
      model,
      images,
      images.map(() => [-1, -2]),
      { method: "gradient" },
    );
    for (const { probabilities, explanations } of results) {
      const [p = 0, q = 0] = explanations.map(({ probability }) => probability);
      expect(p).toBeGreaterThanOrEqual(q);
      expect(p + q).toBeCloseTo(1, 6);
      expect(probabilities).toHaveLength(2);
    }
  });
});

test("the element of one score is yes", async () => {
  const model = withEnd((g, z) => g.add("Sigmoid", [z]));
  await withExplainer(explainerFor(model), async (explainer) => {
    const questions = parseTarget("index:0", explainer.head, () => Number.NaN);
    const { targets } = await askQuestions(explainer, images[0] ?? new Float32Array(), {
      questions,
      masks: new Map(),
    });
    expect(targets).toMatchObject([{ target: yes, class: yes, where: "index:0" }]);
  });
});

test("SGLRP of a number says why it has no meaning", async () => {
  const model = withEnd((_, z) => z);
  const error = await userErrorOf(() => explainerFor(model, { head: "score", method: "sglrp" }));
  expect(error.kind).toBe("unsupported");
  expect(error.reason).toContain("numbers, not as scores of classes");
});

test("a number is explained by lrp where no method is asked for, and has no probability of its own", async () => {
  const model = withEnd((_, z) => z);
  await withExplainer(explainerFor(model, { head: "score" }), async (explainer) => {
    expect(explainer.record.method).toBe("lrp");
    const [result] = await explainer.explain(images.slice(0, 1), [[0]]);
    expect(result?.explanations[0]?.probability).toBe(result?.logits[0]);
  });
});

test("labels that do not compete are explained by lrp where no method is asked for", async () => {
  const g = network({ input: ["N", 12], seed: 2 });
  const model = g.model(g.add("Sigmoid", [g.dense(g.image, 12, 3)]));
  await withExplainer(explainerFor(model), ({ record }) => expect(record.method).toBe("lrp"));
});
