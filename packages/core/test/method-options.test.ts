/** What all methods have in common: fixed numbers of targets, settings on record, what a network need not have a rule for. */
import { explainerFor, explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { type MethodName, methodNames, methods } from "../src/index.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const few = { samples: 6, segments: 4, window: 4, stride: 4, cells: 3 };
const images = pictures(2, 192, 161);
const targets = [
  [0, 1, -1],
  [4, 2, 3],
];

/** Has CAM too. */
const averaged = () => {
  const g = network({ seed: 162, input: ["N", 3, 8, 8] });
  const x = g.add("Relu", [g.norm(g.conv(g.image, [6, 3, 3, 3]), 6)]);
  return g.model(g.dense(g.flatten(g.add("GlobalAveragePool", [x])), 6, 5));
};

// What is made of attention alone has it in attention-rollout.test.ts.
describe.each(methodNames.filter((name) => methods[name].family !== "attention"))("%s", (method) => {
  test("a number of targets and pictures that is known beforehand changes nothing", async () => {
    const maps = [];
    for (const options of [{}, { targetCount: 3 }, { batchSize: 1 }, { batchSize: 1, targetCount: 3 }]) {
      const results = await explainOnce(averaged(), images, targets, { method, ...few, ...options });
      maps.push(
        results.flatMap(({ explanations }) =>
          explanations.map(({ relevance, convergenceDelta }) => ({ relevance, gap: convergenceDelta })),
        ),
      );
    }
    const [first = [], ...others] = maps;
    expect(first).toHaveLength(6);
    for (const other of others) {
      for (const [i, { relevance, gap }] of other.entries()) {
        const same = first[i] ?? { relevance: new Float32Array(), gap: undefined };
        expect(relevance).toBeNear(same.relevance, 1e-4);
        if (same.gap === undefined) expect(gap).toBeUndefined();
        else expect(gap).toBeCloseTo(same.gap, 4);
      }
    }
  });

  test("another number of targets than was fixed is refused", async () => {
    await withExplainer(explainerFor(averaged(), { method, ...few, targetCount: 2 }), async (explainer) => {
      const asked = explainer.explain(images, targets);
      // Methods that are no model have no number to keep to.
      if (explainer.prepared === undefined) await asked;
      else await expect(asked).rejects.toMatchObject({ kind: "usage" });
    });
  });
});

test.each([
  ["integrated-gradients", { samples: 6, seed: 0, baseline: [0.5] }],
  ["smoothgrad", { samples: 6, seed: 0, noise: 0.15 }],
  ["gradient-shap", { samples: 6, seed: 0, noise: 0.15 }],
  ["deeplift", { baseline: [0.5] }],
  ["grad-cam", { layer: "Relu2" }],
  ["score-cam", { layer: "Relu2", score: "probability" }],
  ["occlusion", { score: "probability", seed: 0 }],
] as const)("the record of %s", async (method: MethodName, settings) => {
  const made = explainerFor(averaged(), { method, ...few, baseline: [0.5] });
  const record = await withExplainer(made, (explainer) => explainer.record);
  expect(record.settings).toMatchObject(settings);
  expect(record.method).toBe(method);
  expect(JSON.parse(JSON.stringify(record.settings))).toEqual(
    Object.fromEntries(Object.entries(record.settings).filter(([, value]) => value !== undefined)),
  );
});

describe("an operation without a rule", () => {
  const after = (odd: (g: Network) => string) => {
    const g = network({ seed: 163, input: ["N", 3, 8, 8] });
    const x = g.add("Relu", [g.conv(g.add("Add", [g.image, odd(g)]), [6, 3, 3, 3])]);
    return g.model(g.dense(g.flatten(g.add("GlobalAveragePool", [x])), 6, 5));
  };
  // Trilu is not in the table, and is a product with a mask; Sin has a gradient and no rule.
  const before = () => after((g) => g.add("Sin", [g.image]));
  const upper = () => after((g) => g.add("Trilu", [g.image]));
  const mask = Array.from({ length: 64 }, (_, i) => (i % 8 >= Math.floor(i / 8) ? 1 : 0));
  const masked = () => after((g) => g.add("Mul", [g.image, g.floats(mask, [8, 8])]));

  test.each([
    "grad-cam",
    "hirescam",
    "cam",
    "score-cam",
    "occlusion",
    "rise",
    "lime",
    "kernel-shap",
  ] as const)("does not block %s, before the layer or anywhere", async (method) => {
    const explained = await explainOnce(before(), images, targets, { method, ...few });
    expect(explained[0]?.explanations).toHaveLength(3);
    const [found, wanted] = [
      await explainOnce(upper(), images, targets, { method, ...few }),
      await explainOnce(masked(), images, targets, { method, ...few }),
    ];
    for (const n of [0, 1]) {
      for (const k of [0, 1, 2]) expect(mapOf(found, n, k)).toBeNear(mapOf(wanted, n, k), 1e-5);
    }
  });
  test.each([
    "sglrp",
    "guided-grad-cam",
    "gradient",
    "integrated-gradients",
    "fullgrad",
    "deeplift",
  ] as const)("is named by %s", async (method) => {
    await expect(explainerFor(upper(), { method })).rejects.toThrow(/Trilu/);
  });
});

test("methods do not depend on what else the model puts out", async () => {
  const model = residualNetwork({ softmax: true });
  const [last] = model.graph.outputs;
  const inner = model.graph.nodes.find(({ op }) => op === "Concat")?.outputs[0] ?? "";
  const both = {
    ...model,
    graph: { ...model.graph, outputs: [...model.graph.outputs, { name: inner, type: undefined }] },
  };
  for (const method of ["smoothgrad", "grad-cam", "fullgrad", "clrp-gu"] as const) {
    const maps = [];
    for (const given of [model, both]) {
      const explained = await explainOnce(given, images.slice(0, 1), [[1]], {
        method,
        ...few,
        output: last?.name,
      });
      maps.push(mapOf(explained));
    }
    const [one = [], other = []] = maps;
    expect(one).toBeNear(other, 1e-6);
  }
});
