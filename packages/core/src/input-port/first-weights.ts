/**
 * What the first layer with weights says of the input's axes: a convolution's weights know the number of channels, the axis
 * they stand on, and how many axes of places there are; a dense layer's know which axis holds features.
 *
 * The input is followed from its axes through operations that move axes or leave them alone to the first such layer.
 */
import { type Graph, intAttribute, intsAttribute, type Node, type Tensor } from "@onnx-lrp/onnx-loader";
import {
  type ConstantReader,
  constantReader,
  constantTensors,
  consumers,
  describeNode,
} from "@onnx-lrp/onnx-loader/internal";

/** Where an axis of a value comes from: an axis of the input, an axis that a Reshape made of features, or nowhere. */
type Origin =
  | { readonly kind: "input"; readonly axis: number }
  | { readonly kind: "view"; readonly axis: number; readonly size: number }
  | undefined;

export interface FirstWeights {
  /** The layer, as sentences name it. */
  readonly layer: string;
  readonly channels: number;
  /** Of the layer's channels, and of its places in order. For a dense layer there are no places. */
  readonly channel: Origin;
  readonly places: readonly Origin[];
  readonly kind: "conv" | "dense";
}

/** Operations that keep every axis where it is. */
const keepsAxes = new Set([
  ...[
    "Identity",
    "Cast",
    "CastLike",
    "Dropout",
    "Clip",
    "Pad",
    "Slice",
    "Resize",
    "Upsample",
    "Split",
    "Concat",
    "Gather",
  ],
  ...[
    "QuantizeLinear",
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "Abs",
    "Neg",
    "Sqrt",
    "Exp",
    "Log",
    "Relu",
    "Tanh",
  ],
  ...["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "BatchNormalization", "InstanceNormalization"],
  ...["MaxPool", "AveragePool"],
]);
const convolutions = new Set(["Conv", "ConvInteger", "QLinearConv", "ConvTranspose"]);
const denseLayers = new Set(["Gemm", "MatMul", "MatMulInteger", "QLinearMatMul"]);
/** Nodes that are looked at before the search gives up: front ends of networks are shorter. */
const maxNodes = 256;

/** @param rank of the input; @returns undefined where no such layer is met on a way that keeps track of the axes */
export function firstWeights(graph: Graph, input: string, rank: number): FirstWeights | undefined {
  const tensors = constantTensors(graph);
  const numbers = constantReader(tensors);
  const users = consumers(graph);
  const origins: Origin[] = Array.from({ length: rank }, (_, axis) => ({ kind: "input", axis }));
  const known = new Map<string, readonly Origin[]>([[input, origins]]);
  const queue = [input];
  for (let at = 0; at < queue.length && at < maxNodes; at += 1) {
    const value = queue[at] ?? "";
    for (const node of users.get(value) ?? []) {
      const axes = known.get(value) ?? [];
      const found = layerAt(node, value, axes, tensors, graph);
      if (found !== undefined) return found;
      const next = through(node, value, axes, numbers);
      if (next === undefined) continue;
      for (const output of node.outputs) {
        if (output === "" || known.has(output)) continue;
        known.set(output, next);
        queue.push(output);
      }
    }
  }
  return undefined;
}

function layerAt(
  node: Node,
  value: string,
  axes: readonly Origin[],
  tensors: ReadonlyMap<string, Tensor>,
  graph: Graph,
): FirstWeights | undefined {
  if (node.domain !== "" && node.domain !== "com.microsoft") return undefined;
  const slot = node.inputs.indexOf(value);
  if (slot !== 0) return undefined;
  const weight = weightDims(node, tensors, graph);
  if (weight === undefined) return undefined;
  const layer = describeNode(node);
  if (convolutions.has(node.op)) {
    if (weight.length !== axes.length || weight.length < 3) return undefined;
    const group = intAttribute(node, "group", 1);
    const channels = (node.op === "ConvTranspose" ? weight[0] : weight[1]) ?? 1;
    return {
      ...{ layer, kind: "conv", channel: axes[1], places: axes.slice(2) },
      channels: node.op === "ConvTranspose" ? channels : channels * group,
    };
  }
  if (denseLayers.has(node.op) && weight.length === 2) {
    const turned = node.op === "Gemm" && intAttribute(node, "transB", 0) === 1;
    return {
      layer,
      kind: "dense",
      channels: weight[turned ? 1 : 0] ?? 1,
      channel: axes.at(-1),
      places: axes.slice(1, -1),
    };
  }
  return undefined;
}

/** The shape of a layer's weights, also where they are quantized, or cast or dequantized on their way. */
function weightDims(
  node: Node,
  tensors: ReadonlyMap<string, Tensor>,
  graph: Graph,
): readonly number[] | undefined {
  let name = node.inputs[node.op.startsWith("QLinear") ? 3 : 1] ?? "";
  for (let steps = 0; steps < 8; steps += 1) {
    const tensor = tensors.get(name);
    if (tensor !== undefined) return tensor.dims;
    const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
    if (maker === undefined || !["DequantizeLinear", "Cast", "Identity"].includes(maker.op)) return undefined;
    name = maker.inputs[0] ?? "";
  }
  return undefined;
}

/** The axes of what a node makes of a value; undefined where they cannot be followed. */
function through(
  node: Node,
  value: string,
  axes: readonly Origin[],
  numbers: ConstantReader,
): readonly Origin[] | undefined {
  if (node.domain !== "") return undefined;
  const constant = (name: string, index: number) =>
    intsAttribute(node, name) ?? numbers(node.inputs[index] ?? "");
  switch (node.op) {
    case "Transpose": {
      const perm = intsAttribute(node, "perm") ?? axes.map((_, i) => axes.length - 1 - i);
      return perm.length === axes.length ? perm.map((axis) => axes[axis]) : undefined;
    }
    case "Unsqueeze": {
      const added = constant("axes", 1);
      if (added === undefined) return undefined;
      const rank = axes.length + added.length;
      const places = new Set(added.map((axis) => (axis < 0 ? axis + rank : axis)));
      const rest = [...axes];
      return Array.from({ length: rank }, (_, i) => (places.has(i) ? undefined : rest.shift()));
    }
    case "Squeeze": {
      const gone = constant("axes", 1);
      if (gone === undefined) return undefined;
      const places = new Set(gone.map((axis) => (axis < 0 ? axis + axes.length : axis)));
      return axes.filter((_, i) => !places.has(i));
    }
    case "Flatten":
      return axes.length === 2 && intAttribute(node, "axis", 1) === 1 ? axes : undefined;
    case "Reshape":
      return reshaped(axes, intsAttribute(node, "shape") ?? numbers(node.inputs[1] ?? ""));
    case "Gather":
      // One index takes the axis away.
      return node.inputs[0] === value && (numbers(node.inputs[1] ?? "")?.length ?? 0) > 1 ? axes : undefined;
    default:
      return keepsAxes.has(node.op) ? axes : undefined;
  }
}

/** Features that are put into the form of a picture, a signal or a volume; axes of one that come and go. */
function reshaped(
  axes: readonly Origin[],
  target: readonly number[] | undefined,
): readonly Origin[] | undefined {
  if (target === undefined) return undefined;
  const flat = axes.length === 2 && axes.every((origin, i) => origin?.kind === "input" && origin.axis === i);
  const sizes = target.slice(1);
  if (flat && target.length > 2 && sizes.every((size) => size > 0)) {
    return [axes[0], ...sizes.map((size, i) => ({ kind: "view" as const, axis: i + 1, size }))];
  }
  // [N, L] as [N, 1, L], [N, C, L] as [N, C, 1, L]: 0 keeps an axis, and one size may be left to be found.
  const rest = [...axes];
  const isKept = (size: number, axis: number) => axis === 0 || size !== 1;
  const next = target.map((size, axis) => (isKept(size, axis) ? rest.shift() : undefined));
  const kept = target.filter(isKept).length;
  return kept === axes.length &&
    target.length > axes.length &&
    target.filter((size) => size === -1).length <= 1
    ? next
    : undefined;
}
