/**
 * What an explanation adds to a network runs everywhere, as far as can be told without the devices.
 *
 * From onnxruntime's list of CUDA kernels (goldens/cuda-kernels.json): every operation of the relevance pass that handles
 * pictures, activations, relevance or targets has a kernel, and takes the attributes it is given; the arithmetic on sizes,
 * which onnxruntime keeps on the CPU, feeds only what is read there. So nothing is copied between devices but a model's
 * inputs and outputs. How onnxruntime decides is in kernels/placement.ts.
 *
 * From what onnxruntime says on the CPU, in wasm and on WebGPU (goldens/kernels.json), which ONNX_LRP_UPDATE=1 asks again,
 * by a chromium (kernels/hosts.ts): the same, but that classes are resolved on the CPU beside WebGPU.
 */
import { fileURLToPath } from "node:url";
import { methods } from "@onnx-lrp/core";
import { canonicalize, prepareExplanation } from "@onnx-lrp/core/internal";
import { shippedClassifiers } from "@onnx-lrp/models";
import { runtime } from "@onnx-lrp/node/internal";
import { inferShapes, type Model } from "@onnx-lrp/onnx-loader";
import { newestOpset } from "@onnx-lrp/onnx-loader/internal";
import { expect, test } from "vitest";
import { operators } from "../packages/core/src/operators/index.ts";
import {
  attentive,
  examine,
  explanationsOf,
  fromFile,
  pixels,
  type Subject,
  subjects,
  ways,
} from "./kernels/emissions.ts";
import { hasKernel, hosts, measureKernels, readKernels, writeKernels } from "./kernels/hosts.ts";
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
  Cos: { from: 22, isNew: "bfloat16" },
  Sin: { from: 22, isNew: "bfloat16" },
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

/**
 * WebGPU has no int64: beside it a few integers are computed on the CPU, the classes that are asked for, and for a TopK of
 * the network's own the places that it found.
 */
const onCpuBesideWebGpu = new Set(
  ["Less", "Sub", "Where", "GatherElements", "Transpose", "Unsqueeze", "Equal", "Identity", "Expand"].map(
    (op) => `${op} int64`,
  ),
);

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
    const lacking = [...missingAt(used.keys(), opset)];
    expect(lacking.filter((op) => opset < (gaps[op]?.from ?? Number.POSITIVE_INFINITY))).toEqual([]);
    expect([...attributes].filter((reason) => reason !== unequallyPadded[name])).toEqual([]);
  }
});

const opsets = Array.from({ length: newestOpset - 16 }, (_, i) => 17 + i);

test("the exceptions are those that there are", async () => {
  const every = await Promise.all(subjects.map(([name, model]) => subject(name, model)));
  const used = new Set(every.flatMap(({ placements }) => placements.flatMap(({ used }) => [...used.keys()])));
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

/** Methods that are more than a seed and a composite, and one model. */
const others = (Object.keys(methods) as (keyof typeof methods)[]).filter(
  (name) => methods[name].kind !== "perturbation" && !ways.some(({ method }) => method === name),
);

const prepared = new Map<string, Promise<Subject>>();

/** A method on the shipped ResNet, or on a network with attention. */
function methodSubject(method: (typeof others)[number]): Promise<Subject> {
  const known = prepared.get(method) ?? prepare(method);
  prepared.set(method, known);
  return known;
}

async function prepare(method: (typeof others)[number]): Promise<Subject> {
  const file = shippedClassifiers.find(({ name }) => name === "resnet")?.file;
  if (file === undefined) throw new Error("no such network");
  const network =
    methods[method].kind === "attention-rollout" ? attentive() : fromFile(fileURLToPath(file))();
  const { analysis, compiled } = await prepareExplanation(network, runtime, { method, pixels });
  const { model, shapes } = analysis.graph;
  const placement = placementOf(compiled, model, typesOf(compiled.model, shapes));
  return { opset: model.opsets[""] ?? 0, placements: [placement], operations: new Set() };
}

test.each(others)("%s on the GPU: all of it", async (method) => {
  const { opset, placements } = await methodSubject(method);
  for (const { used, attributes, copies } of placements) {
    expect(copies).toEqual([]);
    expect([...missingAt(used.keys(), opset)]).toEqual([]);
    expect([...attributes]).toEqual([]);
  }
});

test("every operation of the operator table is among the layers", async () => {
  const every = await Promise.all(subjects.map(([name, model]) => subject(name, model)));
  const explained = new Set(every.flatMap(({ operations }) => [...operations]));
  expect([...operators.keys()].filter((op) => !explained.has(op)).sort()).toEqual([]);
});

const kernelsFile = new URL("goldens/kernels.json", import.meta.url);

test.runIf(process.env.ONNX_LRP_UPDATE === "1")(
  "hosts are asked for their kernels",
  async () => {
    const all = [
      ...(await Promise.all(subjects.map(([name, model]) => subject(name, model)))),
      ...(await Promise.all(others.map(methodSubject))),
    ];
    const examples = new Map(all.flatMap(({ placements }) => placements.flatMap(({ used }) => [...used])));
    writeKernels(kernelsFile, await measureKernels(examples, opsets, runtime));
  },
  600_000,
);

test.each([
  ...subjects.map(([name, model]) => [name, () => subject(name, model)] as const),
  ...others.map((name) => [name, () => methodSubject(name)] as const),
])("%s: every host has the kernels of what is emitted", async (_, examined) => {
  const { opset, placements } = await examined();
  const used = new Set(placements.flatMap((placement) => [...placement.used.keys()]));
  const kernels = readKernels(kernelsFile);
  const lacking = Object.fromEntries(
    hosts.map((host) => [host, [...used].filter((use) => !hasKernel(kernels, host, use, opset))]),
  );
  // Of a network that needs a newer opset, WebGPU lacks the versions of some operations that came after 18.
  const newer = (use: string) => opset > 18 && hasKernel(kernels, "webgpu", use, 18);
  expect(lacking).toEqual({
    cpu: [],
    wasm: [],
    webgpu: lacking.webgpu?.filter((use) => onCpuBesideWebGpu.has(use) || newer(use)),
  });
});
