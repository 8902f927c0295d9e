/**
 * What an explanation adds to a network runs on a GPU, as far as can be told without one: from onnxruntime's list of
 * kernels (goldens/cuda-kernels.json), every operation of the relevance pass that handles pictures, activations,
 * relevance or targets has a CUDA kernel, and takes the attributes it is given; the arithmetic on sizes, which
 * onnxruntime keeps on the CPU, feeds only what is read there. So nothing is copied between devices but a model's inputs
 * and outputs.
 *
 * How onnxruntime decides where a node goes:
 *
 * - A kernel made for versions a to b of an operator is taken for these; one made for version a on, for a alone.
 * - Nodes whose inputs lie on the CPU, from Shape on, stay there; inputs such as Reshape's shape are read there.
 * - A node that depends on no input is computed once, on the CPU, when the session is made.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  buildRelevanceGraph,
  type CanonicalModel,
  type CompiledExplanation,
  canonicalize,
  compositeByName,
  methods,
  prepareExplanation,
  ruleCompositeNames,
} from "@onnx-lrp/core";
import { shippedNetworks } from "@onnx-lrp/models";
import { readModelFile, runtime } from "@onnx-lrp/node";
import {
  inferShapes,
  intsAttribute,
  type Model,
  type Node,
  newestOpset,
  type Shapes,
  stringAttribute,
} from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { expect, test } from "vitest";
import { compile } from "../packages/core/src/compile/compile.ts";
import type { MapPlan } from "../packages/core/src/plan/map-plan.ts";
import { unweighted, weighted } from "../packages/core/test/linear-cases.ts";

interface KernelList {
  /** By operator and versions ("13+", "11-12", "10"), the types, with spaces between. */
  readonly kernels: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly versions: Readonly<Record<string, readonly number[]>>;
}

const list: KernelList = JSON.parse(
  readFileSync(new URL("goldens/cuda-kernels.json", import.meta.url), "utf8"),
);

/** The version that an operator has at an opset; 0 where it is not in the list. */
function versionAt(op: string, opset: number): number {
  return Math.max(0, ...(list.versions[op] ?? []).filter((version) => version <= opset));
}

function hasKernel(op: string, version: number, type: string): boolean {
  return Object.entries(list.kernels[op] ?? {}).some(([range, types]) => {
    const [first = 0, last = first] = range.split("-").map((end) => Number.parseInt(end, 10));
    return first <= version && version <= last && types.split(" ").includes(type);
  });
}

/** onnxruntime leaves such a ConvTranspose to the CPU: cuDNN pads both sides alike. */
const toCpu = "ConvTranspose padded unequally";
/** It pads both sides as the first, up to change 29631 of July 2026. */
const wrong = "AveragePool padded unequally";

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

/** Arithmetic on sizes: a few whole numbers that onnxruntime keeps on the CPU, where Shape writes them. */
const bookkeeping = new Set(["Shape", "Gather", "Concat", "Mul"]);

/** Inputs that CUDA kernels read on the CPU. */
const readOnCpu: Readonly<Record<string, readonly number[]>> = {
  Expand: [1],
  Pad: [1, 2, 3],
  ReduceSum: [1],
  Reshape: [1],
  Resize: [1, 2, 3],
  Slice: [1, 2, 3, 4],
  Split: [1],
  Squeeze: [1],
  TopK: [1],
  Unsqueeze: [1],
};

/** Which of a node's attributes its CUDA kernel does not do, if any. */
function unsupported(node: Node): string | undefined {
  const pads = intsAttribute(node, "pads") ?? [];
  const unequal =
    pads.some((pad, i) => i < pads.length / 2 && pad !== pads[i + pads.length / 2]) ||
    stringAttribute(node, "auto_pad", "NOTSET").startsWith("SAME");
  if (node.op === "ConvTranspose" && unequal) return toCpu;
  if (node.op === "AveragePool" && unequal) return wrong;
  if (node.op === "Pad" && stringAttribute(node, "mode", "constant") === "wrap") return "Pad by wrap";
  return undefined;
}

/** The types of all values: those of the network as they are known, and from them those of what was added. */
function typesOf({ graph }: Model, known: Shapes): Map<string, string> {
  const types = new Map<string, string>();
  for (const [name, { type }] of known) types.set(name, type);
  for (const [name, { type }] of graph.initializers) types.set(name, type);
  for (const { name, type } of graph.inputs) if (type !== undefined) types.set(name, type.type);
  for (const node of graph.nodes) {
    for (const [i, output] of node.outputs.entries()) {
      if (!types.has(output)) types.set(output, outputType(node, i, types));
    }
  }
  return types;
}

const comparisons = new Set(["Equal", "Greater", "Less"]);

function outputType({ op, inputs, attributes }: Node, output: number, types: Map<string, string>): string {
  if (comparisons.has(op)) return "bool";
  if (op === "Shape" || ((op === "TopK" || op === "MaxPool") && output === 1)) return "int64";
  if (op === "Cast") return attributes.get("to")?.value === 1n ? "float32" : "another";
  return types.get(inputs[op === "Where" ? 1 : 0] ?? "") ?? "unknown";
}

interface Placement {
  /** Operators with the types of data they are used for: "Equal int64". */
  readonly used: ReadonlySet<string>;
  /** Attributes that a kernel does not do. */
  readonly attributes: ReadonlySet<string>;
  /** Nodes that sizes would have to be copied to the GPU for, or data to the CPU, and bookkeeping that is not listed. */
  readonly copies: readonly string[];
}

/** What an explanation model asks of the GPU beyond what the network itself does. */
function placementOf(
  { model }: CompiledExplanation,
  original: Model,
  types: ReadonlyMap<string, string>,
): Placement {
  const own = new Set(original.graph.nodes.flatMap(({ outputs }) => outputs));
  const data = new Set(model.graph.inputs.map(({ name }) => name));
  const sizes = new Set<string>();
  const used = new Set<string>();
  const attributes = new Set<string>();
  const copies: string[] = [];
  for (const node of model.graph.nodes) {
    const { op, name, inputs, outputs } = node;
    const isData = op !== "Shape" && inputs.some((input) => data.has(input));
    const isSize = !isData && (inputs.some((input) => sizes.has(input)) || inputs.some((x) => data.has(x)));
    const onCpu = isSize && types.get(outputs[0] ?? "") === "int64";
    for (const output of outputs) {
      if (onCpu) sizes.add(output);
      else if (isData || isSize) data.add(output);
    }
    if (own.has(outputs[0] ?? "") || !(isData || isSize)) continue;
    if (onCpu) {
      if (!bookkeeping.has(op)) copies.push(`${name}: ${op} on sizes`);
      continue;
    }
    for (const [i, input] of inputs.entries()) {
      const there = readOnCpu[op]?.includes(i) ?? false;
      if (there && data.has(input)) copies.push(`${name}: input ${i} to the CPU`);
      if (!there && sizes.has(input)) copies.push(`${name}: input ${i} to the GPU`);
    }
    used.add(`${op} ${types.get(inputs[op === "Where" ? 1 : 0] ?? "")}`);
    const reason = unsupported(node);
    if (reason !== undefined) attributes.add(reason);
  }
  return { used, attributes, copies };
}

/** Operators without a kernel at an opset, for a type that they are used for. */
function missingAt(used: Iterable<string>, opset: number): Set<string> {
  const missing = new Set<string>();
  for (const use of used) {
    const [op = "", type = ""] = use.split(" ");
    if (!hasKernel(op, versionAt(op, opset), type)) missing.add(op);
  }
  return missing;
}

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

/** One layer, of a value of both signs that has the picture's shape. */
function around(build: (g: Network, x: string) => string, size = [6, 6], opset = 17): Model {
  const g = network({ input: ["N", 3, ...size], opset });
  const made = build(g, g.add("Tanh", [g.image]));
  return g.model(g.flatten(g.add("Relu", [made])));
}

type Layer = Parameters<typeof around>[0];
type Attributes = Parameters<Network["add"]>[2];

const plain = (op: string, attributes: Attributes = {}): [string, Layer] => [
  op,
  (g, x) => g.add(op, [x], attributes),
];
const pair = (op: string): [string, Layer] => [op, (g, x) => g.add(op, [x, g.add("Sigmoid", [x])])];
const scaled = (op: string, attributes: Attributes = {}): [string, Layer] => [
  op,
  (g, x) => g.add(op, [x, g.weights([3], 0.5, 1), g.weights([3])], attributes),
];
const pool = { kernel_shape: [2, 2], strides: [2, 2] };

/** The families of operators that `linear-cases.ts` leaves out. */
const layers: readonly [string, Layer, number?][] = [
  ...["LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "Softplus", "Softsign", "HardSigmoid", "HardSwish"].map(
    (op) => plain(op),
  ),
  ...["ThresholdedRelu", "Shrink", "Erf", "Exp", "Abs", "Neg", "Floor", "Identity"].map((op) => plain(op)),
  [...plain("Mish"), 18],
  [...plain("Gelu"), 20],
  [...plain("Swish"), 24],
  ["Clip", (g, x) => g.add("Clip", [x, g.floats([-0.5], []), g.floats([0.5], [])])],
  ["PRelu", (g, x) => g.add("PRelu", [x, g.floats([0.1], [1])])],
  [
    "Log, Sqrt, Reciprocal",
    (g, x) => g.add("Log", [g.add("Sqrt", [g.add("Reciprocal", [g.add("Exp", [x])])])]),
  ],
  ["Pow", (g, x) => g.add("Pow", [x, g.floats([2], [])])],
  ...["Sub", "Mul", "Div", "Max", "Min", "Mean"].map(pair),
  ["Where", (g, x) => g.add("Where", [g.add("Greater", [x, g.floats([0], [])]), x, g.add("Neg", [x])])],
  ["Einsum", (g, x) => g.add("Einsum", [x, g.weights([6, 4])], { equation: "nchw,wd->nchd" })],
  ...["Softmax", "LogSoftmax"].map((op) => plain(op, { axis: 1 })),
  ...["ReduceLogSumExp", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2"].map((op) =>
    plain(op, { axes: [1] }),
  ),
  plain("LRN", { size: 3 }),
  plain("LpNormalization", { axis: 1 }),
  scaled("InstanceNormalization"),
  ["LayerNormalization", (g, x) => g.add("LayerNormalization", [x, g.weights([6]), g.weights([6])])],
  [...scaled("GroupNormalization", { num_groups: 3 }), 21],
  ["RMSNormalization", (g, x) => g.add("RMSNormalization", [x, g.weights([6])]), 23],
  ["BatchNormalization", (g, x) => g.norm(g.add("Abs", [x]), 3)],
  ...["MaxPool", "LpPool"].map((op) => plain(op, pool)),
  ...["GlobalMaxPool", "GlobalLpPool"].map((op) => plain(op)),
  ["Resize, nearest", (g, x) => g.add("Resize", [x, "", g.floats([1, 1, 2, 2])])],
  ["Resize, linear", (g, x) => g.add("Resize", [x, "", g.floats([1, 1, 1.5, 2])], { mode: "linear" })],
  ...["constant", "reflect", "edge"].map((mode): [string, Layer] => [
    `Pad ${mode}`,
    (g, x) => g.add("Pad", [x, g.ints([0, 0, 1, 0, 0, 0, 2, 1])], { mode }),
  ]),
  ["Tile", (g, x) => g.add("Tile", [x, g.ints([1, 2, 1, 3])])],
  ["Expand", (g, x) => g.add("Expand", [g.add("GlobalMaxPool", [x]), g.ints([1, 1, 4, 2])])],
  ["DepthToSpace", (g, x) => g.add("DepthToSpace", [g.conv(x, [4, 3, 1, 1])], { blocksize: 2 })],
  plain("SpaceToDepth", { blocksize: 2 }),
  ["Slice", (g, x) => g.add("Slice", [x, ...[[1], [5], [2], [2]].map((values) => g.ints(values))])],
  ["Gather", (g, x) => g.add("Gather", [x, g.ints([2, 0, 0])], { axis: 1 })],
  ["Split", (g, x) => g.addMany("Split", [x, g.ints([1, 5])], 2, { axis: 2 })[1] ?? ""],
  ["Concat", (g, x) => g.add("Concat", [x, g.add("Abs", [x])], { axis: 1 })],
  plain("Transpose", { perm: [0, 2, 3, 1] }),
];

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

const subjects: readonly (readonly [string, () => Model])[] = [
  ...shippedNetworks.map(({ name, file }) => [name, fromFile(fileURLToPath(file))] as const),
  ...exported.map((name) => {
    const file = new URL(`exporters/networks/${name}.onnx`, import.meta.url);
    return [name, fromFile(fileURLToPath(file))] as const;
  }),
  ...[...weighted, ...unweighted].map(
    ({ name, build, size }) => [name, () => around(build, size && [...size])] as const,
  ),
  ...layers.map(([name, build, opset]) => [name, () => around(build, undefined, opset)] as const),
];

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
  const file = shippedNetworks.find(({ name }) => name === "resnet")?.file;
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
