/** An explanation model as a file: with picture and targets alone it gives what the explainer gives. */
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import { explainerFor, pixels } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { ExplanationOptions } from "../src/index.ts";
import { prepareExplanation } from "../src/internal.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const many: readonly ExplanationOptions[] = [
  { method: "integrated-gradients", samples: 6, baseline: [0.1, -0.1, 0.2] },
  { method: "integrated-gradients", samples: 1 },
  { method: "smoothgrad", samples: 5, seed: 4 },
  { method: "vargrad", samples: 5, seed: 4 },
  { method: "gradient-shap", samples: 4, seed: 2 },
  { method: "gradient-shap", samples: 1, seed: 2 },
  { method: "gradient-shap", samples: 5, baselines: pictures(2, 192, 150) },
  { method: "deeplift", baseline: [0.1, -0.1, 0.2] },
  { method: "grad-cam" },
  { method: "grad-cam++" },
  { method: "guided-grad-cam" },
  { method: "fullgrad" },
  { method: "clrp-gu" },
  { method: "sglrp", composite: "authors-code" },
  { method: "guided-backprop" },
  { method: "excitation-backprop" },
  { method: "lrp", composite: "epsilon", contrast: true },
  { method: "smoothgrad", samples: 3, contrast: true },
];

const int64 = (values: readonly number[]) =>
  new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [2, 2]);

async function check(model: Model, options: ExplanationOptions, images: readonly Float32Array[]) {
  const prepared = await prepareExplanation(model, ort, { pixels, ...options });
  const session = await ort.InferenceSession.create(writeModel(prepared.compiled.model), {
    logSeverityLevel: 4,
  });
  const { names, map } = prepared.compiled;
  const image = prepared.plan.modelInput;
  const sizes = image.dims.slice(1).map(Number);
  const data = Float32Array.from(images.flatMap((picture) => [...picture]));
  const picture =
    image.type === "uint8"
      ? new ort.Tensor("uint8", Uint8Array.from(data), [2, ...sizes])
      : new ort.Tensor("float32", data, [2, ...sizes]);
  const outputs = await session.run({
    [image.name]: picture,
    [names.targets]: int64([0, -1, 3, 2]),
    ...(names.against === undefined ? {} : { [names.against]: int64([1, 2, -1, 0]) }),
  });
  await session.release();
  const explainer = await explainerFor(model, { ...options, batchSize: 2 });
  const targets = [
    [0, -1],
    [3, 2],
  ];
  const others = [
    [1, 2],
    [-1, 0],
  ];
  const results = await explainer.explain(images, targets, options.contrast ? others : undefined);
  await explainer.release();

  const relevance = outputs[names.relevance];
  const mapDims =
    map.layout === "nchw" ? [map.channels, map.height, map.width] : [map.height, map.width, map.channels];
  expect(relevance?.dims).toEqual([2, 2, ...mapDims]);
  expect(outputs[names.targetClasses ?? ""]?.dims).toEqual([2, 2]);
  const floats = (name: string) => outputs[name]?.data as Float32Array;
  const values = floats(names.relevance);
  const size = values.length / 4;
  for (const [n, { explanations, logits }] of results.entries()) {
    const own = floats(names.logits).slice(n * logits.length, (n + 1) * logits.length);
    expect(own).toBeNear(logits, 1e-5);
    for (const [k, { target, relevance: wanted, seedScale }] of explanations.entries()) {
      const at = n * 2 + k;
      expect(Number(outputs[names.targetClasses ?? ""]?.data[at])).toBe(target);
      expect(floats(names.seedScale)[at]).toBeCloseTo(seedScale, 5);
      const found = values.slice(at * size, (at + 1) * size);
      if (Math.hypot(...wanted) < 1e-6) expect(Math.hypot(...found)).toBeLessThan(1e-6);
      else expect.soft(found, `picture ${n}, class ${target}`).toBeNear(wanted, 3e-5);
    }
  }
  return prepared;
}

function averaged(batch: number | string): Model {
  const g = network({ seed: 151, input: [batch, 3, 8, 8] });
  const x = g.add("Tanh", [g.conv(g.image, [5, 3, 3, 3])]);
  return g.model(g.dense(g.flatten(g.add("GlobalAveragePool", [x])), 5, 4));
}

describe("any batch", () => {
  test.each(many)("$method $samples", async (options) => {
    await check(residualNetwork({ seed: 15, signed: true }), options, pictures(2, 192, 152));
  });

  test("cam", async () => {
    await check(averaged("N"), { method: "cam" }, pictures(2, 192, 153));
  });
});

describe("channels last", () => {
  test.each(["integrated-gradients", "vargrad", "guided-grad-cam", "fullgrad", "clrp-gu"] as const)(
    "%s",
    async (method) => {
      await check(
        residualNetwork({ seed: 16, layout: "nhwc", signed: true }),
        { method, samples: 3 },
        pictures(2, 192, 154),
      );
    },
  );
});

describe("a batch of 2, and one of 1 that samples make larger", () => {
  test.each([
    "integrated-gradients",
    "smoothgrad",
    "deeplift",
    "guided-grad-cam",
    "fullgrad",
    "clrp-gu",
  ] as const)("%s", async (method) => {
    await check(averaged(2), { method, samples: 3 }, pictures(2, 192, 155));
    if (method === "integrated-gradients" || method === "smoothgrad") {
      await check(averaged(1), { method, samples: 3 }, pictures(2, 192, 155));
    }
  });
});

test("pixels as bytes", async () => {
  const g = network({ seed: 156, input: ["N", 3, 8, 8] });
  const x = g.add("Div", [g.add("Cast", [g.image], { to: 1 }), g.floats([255])]);
  const made = g.model(g.dense(g.flatten(g.add("Tanh", [g.conv(x, [2, 3, 3, 3])])), 72, 4));
  const inputs = [{ name: "image", type: { type: "uint8", dims: ["N", 3, 8, 8] } }] as const;
  const model: Model = { ...made, graph: { ...made.graph, inputs } };
  const images = pictures(2, 192, 157).map((picture) => picture.map((v) => Math.round(127 + 120 * v)));
  for (const method of [
    "integrated-gradients",
    "smoothgrad",
    "deeplift",
    "input-x-gradient",
    "fullgrad",
  ] as const) {
    const box = { pixels: { low: [0, 0, 0], high: [255, 255, 255] } };
    await check(model, { method, samples: 3, baseline: [100], ...box }, images);
  }
});

test("samples are inputs with a value of their own, or must be given where their number is fixed", async () => {
  const method = "integrated-gradients";
  const { compiled: free } = await prepareExplanation(averaged("N"), ort, { method, samples: 4 });
  const names = Object.values(free.names.samples ?? {}).filter((name) => name !== undefined);
  expect(names).toHaveLength(3);
  for (const name of names) {
    expect(free.model.graph.overridable.has(name)).toBe(true);
    expect(free.model.graph.initializers.has(name)).toBe(true);
  }
  const fixedSizes = { batch: 1, samples: 4 };
  const { compiled: fixed } = await prepareExplanation(averaged("N"), ort, {
    method,
    samples: 40,
    fixedSizes,
  });
  expect(fixed.model.graph.overridable.size).toBe(0);
  expect(fixed.model.graph.inputs.map(({ name }) => name)).toEqual(["image", "targets", ...names]);
});

test("perturbation methods have no model", async () => {
  for (const method of ["occlusion", "rise", "score-cam", "random"] as const) {
    await expect(prepareExplanation(averaged("N"), ort, { method })).rejects.toMatchObject({ kind: "usage" });
  }
});
