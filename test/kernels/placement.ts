/**
 * How onnxruntime decides whether a node runs on the GPU or on the CPU:
 *
 * - A kernel made for versions a to b of an operator is taken for these; one made for version a on, for a alone.
 * - Nodes whose inputs lie on the CPU, from Shape on, stay there; inputs such as Reshape's shape are read there.
 * - A node that depends on no input is computed once, on the CPU, when the session is made.
 */
import { readFileSync } from "node:fs";
import type { CompiledExplanation } from "@onnx-lrp/core/internal";
import {
  type DataType,
  intsAttribute,
  type Model,
  type Node,
  stringAttribute,
  type Tensor,
} from "@onnx-lrp/onnx-loader";
import type { Shapes } from "@onnx-lrp/onnx-loader/internal";

interface KernelList {
  /** By operator and versions ("13+", "11-12", "10"), the types, with spaces between. */
  readonly kernels: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly versions: Readonly<Record<string, readonly number[]>>;
}

const list: KernelList = JSON.parse(
  readFileSync(new URL("../goldens/cuda-kernels.json", import.meta.url), "utf8"),
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
export const toCpu = "ConvTranspose padded unequally";
/** It pads both sides as the first, up to change 29631 of July 2026. */
export const wrong = "AveragePool padded unequally";

/** Arithmetic on sizes: a few integers that onnxruntime keeps on the CPU, where Shape writes them. */
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
export function typesOf({ graph }: Model, known: Shapes): Map<string, string> {
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
  if (op === "Shape" || (op === "TopK" && output === 1)) return "int64";
  if (op === "Cast") return attributes.get("to")?.value === 1n ? "float32" : "another";
  return types.get(inputs[op === "Where" ? 1 : 0] ?? "") ?? "unknown";
}

/** A node of an explanation model, with what it is given: an initializer, or the type of a value; "" where nothing. */
export interface Example {
  readonly node: Node;
  readonly inputs: readonly (Tensor | DataType | "")[];
}

export interface Placement {
  /** Operators with the types of data they are used for, "Equal int64", and an example of each. */
  readonly used: ReadonlyMap<string, Example>;
  /** Attributes that a kernel does not do. */
  readonly attributes: ReadonlySet<string>;
  /** Nodes that sizes would have to be copied to the GPU for, or data to the CPU, and bookkeeping that is not listed. */
  readonly copies: readonly string[];
}

/** What an explanation model asks of the GPU beyond what the network itself does. */
export function placementOf(
  { model }: CompiledExplanation,
  original: Model,
  types: ReadonlyMap<string, string>,
): Placement {
  const own = new Set(original.graph.nodes.flatMap(({ outputs }) => outputs));
  const data = new Set(model.graph.inputs.map(({ name }) => name));
  const sizes = new Set<string>();
  const used = new Map<string, Example>();
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
    const use = `${op} ${types.get(inputs[op === "Where" ? 1 : 0] ?? "")}`;
    if (!used.has(use)) used.set(use, { node, inputs: inputs.map((input) => givenBy(model, types, input)) });
    const reason = unsupported(node);
    if (reason !== undefined) attributes.add(reason);
  }
  return { used, attributes, copies };
}

function givenBy(
  { graph }: Model,
  types: ReadonlyMap<string, string>,
  input: string,
): Example["inputs"][number] {
  const constant = graph.initializers.get(input);
  const small = constant !== undefined && constant.dims.reduce((a, b) => a * b, 1) < 100;
  return small ? constant : ((types.get(input) ?? "") as DataType | "");
}

/** Operators without a kernel at an opset, for a type that they are used for. */
export function missingAt(used: Iterable<string>, opset: number): Set<string> {
  const missing = new Set<string>();
  for (const use of used) {
    const [op = "", type = ""] = use.split(" ");
    if (!hasKernel(op, versionAt(op, opset), type)) missing.add(op);
  }
  return missing;
}
