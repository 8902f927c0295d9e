/**
 * What an explanation adds to a network runs on a GPU, as far as can be told without one: from onnxruntime's list of
 * kernels (goldens/cuda-kernels.json), every operation of the relevance pass that handles pictures, activations,
 * relevance or targets has a CUDA kernel, and takes the attributes it is given; the arithmetic on sizes, which
 * onnxruntime keeps on the CPU, feeds only what is read there. So nothing is copied between devices but a model's inputs
 * and outputs. How onnxruntime decides is in cuda-placement.ts.
 */
import { fileURLToPath } from "node:url";
import { compositeByName, methods, ruleCompositeNames } from "@onnx-lrp/core";
import {
  buildRelevanceGraph,
  type CanonicalModel,
  type CompiledExplanation,
  canonicalize,
  prepareExplanation,
} from "@onnx-lrp/core/internal";
import { shippedClassifiers } from "@onnx-lrp/models";
import { readModelFile } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import { inferShapes, type Model } from "@onnx-lrp/onnx-loader";
import { newestOpset } from "@onnx-lrp/onnx-loader/internal";
import { expect, test } from "vitest";
import { compile } from "../packages/core/src/compile/compile.ts";
import type { MapPlan } from "../packages/core/src/plan/map-plan.ts";
import { unweighted, weighted } from "../packages/core/test/linear-cases.ts";
import { around, layers, pool } from "./cuda-layers.ts";
import { missingAt, type Placement, placementOf, toCpu, typesOf, wrong } from "./cuda-placement.ts";

/**
 * Operators that the list has no kernel for from an opset on, though the kernel that there is would do: what came new with
 * that version, none of which is used here. Models of opset 17 and 18 meet none of these, and older ones are raised to 17.
 */
const gaps: Readonly<Record<string, { readonly from: number; readonly isNew: string }>> = {
  Equal: { from: 19, isNew: "strings" },
  Pad: { from: 19, isNew: "the mode wrap, then types" },
  Identity: { from: 21, isNew: "types" },
  ConvTranspose: { from: 22, isNew: "bfloat16" },
  GlobalAveragePool: { from: 22, isNew: "bfloat16" },
  Softplus: { from: 22, isNew: "bfloat16" },
  Cast: { from: 24, isNew: "types" },
  Reshape: { from: 24, isNew: "types" },
  Squeeze: { from: 24, isNew: "types" },
  TopK: { from: 24, isNew: "bfloat16" },
  Transpose: { from: 24, isNew: "types" },
  Unsqueeze: { from: 24, isNew: "types" },
};

/** Networks whose own layers are padded unequally, and so is what the relevance pass makes of them. */
const unequallyPadded: Readonly<Record<string, string>> = {
  "ConvTranspose asymmetric pads, dilated": toCpu,
  "ConvTranspose in groups": toCpu,
  "ConvTranspose SAME_UPPER": toCpu,
  "AveragePool asymmetric pads, not counted": wrong,
  "AveragePool asymmetric pads, counted": wrong,
  "AveragePool SAME_UPPER": wrong,
  "AveragePool SAME_LOWER, stride 2, counted": wrong,
  "AveragePool over a line": wrong,
};

/** Seeds and propagations do not know of each other: each method by its default, each composite by the default method. */
const ways = [
  ...(["sglrp", "clrp", "lrp", "clrp-gu"] as const).map((method) => ({ method, composite: "zplus-box" })),
  ...(["gradient", "input-x-gradient"] as const).map((method) => ({ method, composite: "gradient" })),
  ...ruleCompositeNames.slice(1).map((composite) => ({ method: "sglrp" as const, composite })),
] as const;

const pixels = { low: [-2, -2, -2], high: [2, 2, 2] };

interface Subject {
  readonly opset: number;
  readonly placements: readonly Placement[];
}

async function examine(model: Model): Promise<Subject> {
  const canonical = await canonicalize(model, runtime);
  const placements = explanationsOf(canonical).map((explanation) =>
    placementOf(explanation, canonical.model, typesOf(explanation.model, canonical.shapes)),
  );
  return { opset: canonical.model.opsets[""] ?? 0, placements };
}

function explanationsOf({ model, shapes, image }: CanonicalModel): CompiledExplanation[] {
  return ways.map(({ method, composite }) => {
    const graph = buildRelevanceGraph(model, shapes, image, {
      composite: compositeByName(composite),
      unknown: "gradient",
    });
    const explained = methods[method];
    const { seed } = explained;
    const plan: MapPlan =
      explained.kind === "gradient"
        ? { kind: "gradient", method: explained, seed, modelInput: image, baseline: undefined }
        : { kind: "relevance", method: explained, seed, modelInput: image };
    return compile(graph, plan, { pixels, conservation: method !== "clrp-gu" });
  });
}

const fromFile = (path: string) => () => readModelFile(path).model;

const exported = [
  "bytes-nhwc-17",
  "dynamo-18-unoptimized",
  "dynamo-22-any-batch",
  "dynamo-25",
  "float16-20",
  "keras-15-padded",
  "newest-24",
  "no-batch-nhwc-13",
  "qdq-u16-s8",
  "torchscript-17-shape-arithmetic",
];

const all: readonly (readonly [string, () => Model])[] = [
  ...shippedClassifiers.map(({ name, file }) => [name, fromFile(fileURLToPath(file))] as const),
  ...exported.map((name) => {
    const file = new URL(`exporters/networks/${name}.onnx`, import.meta.url);
    return [name, fromFile(fileURLToPath(file))] as const;
  }),
  ...[...weighted, ...unweighted].map(
    ({ name, build, size }) => [name, () => around(build, size && [...size])] as const,
  ),
  ...layers.map(([name, build, opset]) => [name, () => around(build, undefined, opset)] as const),
];

// Relevance goes through a Softmax by the rules of products alone: of a Softmax by itself none would reach the picture.
const subjects = all.filter(([name]) => name !== "Softmax");

const examined = new Map<string, Promise<Subject>>();

function subject(name: string, model: () => Model): Promise<Subject> {
  const known = examined.get(name) ?? examine(model());
  examined.set(name, known);
  return known;
}

test.each(subjects)("%s: all of its explanations run on the GPU", async (name, model) => {
  const { opset, placements } = await subject(name, model);
  expect(placements).toHaveLength(ways.length);
  for (const { used, attributes, copies } of placements) {
    expect(used.size).toBeGreaterThan(0);
    expect(copies).toEqual([]);
    const lacking = [...missingAt(used, opset)];
    expect(lacking.filter((op) => opset < (gaps[op]?.from ?? Number.POSITIVE_INFINITY))).toEqual([]);
    expect([...attributes].filter((reason) => reason !== unequallyPadded[name])).toEqual([]);
  }
});

test("the exceptions are those that there are", async () => {
  const every = await Promise.all(subjects.map(([name, model]) => subject(name, model)));
  const used = new Set(
    every.flatMap(({ placements }) => placements.flatMap((placement) => [...placement.used])),
  );
  const opsets = Array.from({ length: newestOpset - 16 }, (_, i) => 17 + i);
  const lacking = opsets.flatMap((opset) => [...missingAt(used, opset)].map((op) => `${op} ${opset}`));
  const listed = opsets.flatMap((opset) =>
    Object.entries(gaps).flatMap(([op, { from }]) => (from <= opset ? [`${op} ${opset}`] : [])),
  );
  expect(lacking.sort()).toEqual(listed.sort());
  const padded = subjects.flatMap(([name], i) =>
    every[i]?.placements.some(({ attributes }) => attributes.size > 0) ? [name] : [],
  );
  expect(padded.sort()).toEqual(Object.keys(unequallyPadded).sort());
});

test("types are those that onnxruntime infers", async () => {
  const model = around((g, x) => g.add("MaxPool", [g.conv(x, [4, 3, 3, 3])], pool));
  const canonical = await canonicalize(model, runtime);
  for (const explanation of explanationsOf(canonical)) {
    const types = typesOf(explanation.model, canonical.shapes);
    const inferred = await inferShapes(explanation.model, runtime, { sizes: { N: 2, K: 3 } });
    expect(inferred.size).toBeGreaterThan(explanation.model.graph.nodes.length);
    for (const [value, { type }] of inferred) expect([value, types.get(value)]).toEqual([value, type]);
  }
});

/** Methods that are more than a seed and a composite. */
const others = [
  ...([
    "fullgrad",
    "deconvnet",
    "guided-backprop",
    "deeplift",
    "grad-cam",
    "grad-cam++",
    "guided-grad-cam",
  ] as const),
  ...(["smoothgrad", "vargrad", "integrated-gradients", "gradient-shap"] as const),
];

test.each(others)("%s on the GPU: all of it", async (method) => {
  const file = shippedClassifiers.find(({ name }) => name === "resnet")?.file;
  if (file === undefined) throw new Error("no such network");
  const prepared = await prepareExplanation(fromFile(fileURLToPath(file))(), runtime, { method, pixels });
  const { graph } = prepared.analysis;
  const { model } = prepared.compiled;
  const types = typesOf(model, graph.shapes);
  const { used, attributes, copies } = placementOf(prepared.compiled, graph.model, types);
  expect(copies).toEqual([]);
  expect([...missingAt(used, graph.model.opsets[""] ?? 0)]).toEqual([]);
  expect([...attributes]).toEqual([]);
});
