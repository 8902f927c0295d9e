/**
 * Lowers a model to the oldest opset, 18 or later, at which all of its nodes mean the same. Most operators gained nothing but
 * element types since; execution providers other than the CPU's have their kernels for the older versions only.
 */
import { intAttribute, intsAttribute, stringAttribute, subgraphs } from "../attributes.ts";
import { type DataType, dataTypeOf } from "../data-type.ts";
import { lookUp } from "../look-up.ts";
import type { Graph, Model, Node } from "../model.ts";
import type { PassResult } from "./pass.ts";
import { mapGraphs } from "./rename.ts";

const lowest = 18;

/** From which opset on a node means what it does: a number, or by its attributes; operators that are not listed, 18. */
const meanings: Readonly<Record<string, number | ((node: Node, opset: number) => number)>> = {
  AffineGrid: 20,
  Attention: (_, opset) => opset,
  AveragePool: (node) =>
    (intsAttribute(node, "dilations") ?? []).some((size) => size !== 1) ||
    intAttribute(node, "ceil_mode", 0) === 1
      ? 19
      : lowest,
  BitCast: 26,
  Cast: (node, opset) => {
    const to = dataTypeOf(intAttribute(node, "to", 0));
    return to !== undefined && isOld(to) ? lowest : opset;
  },
  CastLike: (_, opset) => opset,
  CumProd: 26,
  DFT: 20,
  DeformConv: 19,
  DequantizeLinear: (_, opset) => opset,
  Gelu: 20,
  GridSample: 20,
  GroupNormalization: 21,
  ImageDecoder: 20,
  Pad: (node) => (stringAttribute(node, "mode", "constant") === "wrap" ? 19 : lowest),
  QLinearMatMul: (_, opset) => opset,
  QuantizeLinear: (_, opset) => opset,
  RMSNormalization: 23,
  RegexFullMatch: 20,
  Resize: (node) =>
    stringAttribute(node, "coordinate_transformation_mode", "half_pixel") === "half_pixel_symmetric" ||
    stringAttribute(node, "keep_aspect_ratio_policy", "stretch") !== "stretch"
      ? 19
      : lowest,
  RotaryEmbedding: 23,
  StringConcat: 20,
  StringSplit: 20,
  Swish: 24,
  TensorScatter: 24,
};

/** Attributes that came later, and say nothing where `meanings` lets a node be lowered. */
const later: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AveragePool: { dilations: 19 },
  Cast: { saturate: 19, round_mode: 24 },
};

/** Types that ONNX had by opset 18. */
const oldTypes = new Set<DataType>([
  ...(["float32", "float64", "float16", "bfloat16", "bool", "string", "complex64", "complex128"] as const),
  ...(["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
]);

const isOld = (type: DataType) => oldTypes.has(type);

export function lowerOpset(model: Model): PassResult {
  const opset = model.opsets[""] ?? lowest;
  const target = Math.max(lowest, neededBy(model.graph, opset));
  if (target >= opset) return { model, changed: [] };
  const graph = { ...model.graph, nodes: model.graph.nodes.map((node) => lowered(node, target)) };
  return {
    model: { ...model, opsets: { ...model.opsets, "": target }, graph },
    changed: [`Opset ${opset} is lowered to ${target}, at which every node means the same.`],
  };
}

function neededBy(graph: Graph, opset: number): number {
  const types = [
    ...[...graph.initializers.values()].map(({ type }) => type),
    ...[...graph.inputs, ...graph.outputs].flatMap(({ type }) => (type === undefined ? [] : [type.type])),
  ];
  if (!types.every(isOld)) return opset;
  return graph.nodes.reduce((most, node) => {
    const own = node.domain === "" ? (lookUp(meanings, node.op) ?? lowest) : lowest;
    const inner = subgraphs(node).map((graph) => neededBy(graph, opset));
    return Math.max(most, typeof own === "number" ? own : own(node, opset), ...inner);
  }, lowest);
}

function lowered(node: Node, opset: number): Node {
  const attributes = mapGraphs(node.attributes, (inner) => ({
    ...inner,
    nodes: inner.nodes.map((each) => lowered(each, opset)),
  }));
  const dropped = node.domain === "" ? (lookUp(later, node.op) ?? {}) : {};
  const kept = [...attributes].filter(([name]) => (lookUp(dropped, name) ?? 0) <= opset);
  return { ...node, attributes: new Map(kept) };
}
