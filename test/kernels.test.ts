/**
 * What an explanation adds to a network runs on a GPU, as far as can be told without one: from onnxruntime's list of
 * kernels (goldens/cuda-kernels.json), every operation of the relevance pass that handles pictures, activations,
 * relevance or targets has a CUDA kernel, and takes the attributes it is given; the arithmetic on sizes, which
 * onnxruntime keeps on the CPU, feeds only what is read there. So nothing is copied between devices but a model's inputs
 * and outputs. How onnxruntime decides is in kernels/placement.ts.
 */
import { fileURLToPath } from "node:url";
import { canonicalize, prepareExplanation } from "@onnx-lrp/core/internal";
import { shippedClassifiers } from "@onnx-lrp/models";
import { runtime } from "@onnx-lrp/node/internal";
import { inferShapes, type Model } from "@onnx-lrp/onnx-loader";
import { newestOpset } from "@onnx-lrp/onnx-loader/internal";
import { expect, test } from "vitest";
import {
  examine,
  explanationsOf,
  fromFile,
  pixels,
  type Subject,
  subjects,
  ways,
} from "./kernels/emissions.ts";
import { around, pool } from "./kernels/layers.ts";
import { missingAt, placementOf, toCpu, typesOf, wrong } from "./kernels/placement.ts";

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
  MaxPool: { from: 22, isNew: "bfloat16" },
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
