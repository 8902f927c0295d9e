/** The layers of a network that have weights, from the logits down, and the tensors that those weights are made from. */
import {
  type DataType,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  UserError,
} from "@onnx-lrp/onnx-loader";
import { constantTensor, isFloat, lookUp, nodeLabel, producers } from "@onnx-lrp/onnx-loader/internal";

export interface WeightLayer {
  /** The node's name, or that of the value it makes where it has none. */
  readonly name: string;
  readonly op: string;
  /** Weight and bias: initializers and constants by the name of their value. None is in two layers. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Which inputs of an operation are weights or biases, if they are constants. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  FusedConv: [1, 2],
  FusedGemm: [0, 1, 2],
  FusedMatMul: [0, 1],
  ConvInteger: [1],
  MatMulInteger: [0, 1],
  QLinearConv: [3, 8],
  QLinearMatMul: [0, 3],
};

/** Of which only the first input is what comes out; the others are scales, shapes and places. */
const dataFirst = new Set(["DequantizeLinear", "Reshape", "Squeeze", "Unsqueeze", "Expand", "Slice", "Pad"]);

/** Kinds of numbers that weights come in. */
function isWeightType(type: DataType): boolean {
  return isFloat(type) || type === "int8" || type === "uint8" || type === "int32";
}

/**
 * @param model without calls of its own functions (`inlineFunctions`)
 * @param output only layers that this output depends on; default: any output
 * @throws UserError `usage` where the model has no such output
 */
export function weightLayers({ graph }: Model, output?: string): WeightLayer[] {
  const outputs = graph.outputs.map(({ name }) => name);
  if (output !== undefined && !outputs.includes(output)) {
    throw new UserError(
      "usage",
      `The model has no output "${output}". It has: ${outputs.map((name) => `"${name}"`).join(", ")}.`,
    );
  }
  const made = producers(graph);
  const constants = constantSources(graph, made);
  const wanted = ancestors(output === undefined ? outputs : [output], made);
  const taken = new Set<string>();
  const layers: WeightLayer[] = [];
  for (const node of graph.nodes.toReversed()) {
    // Inside the constant part a MatMul of two weights is no layer of its own.
    if (!wanted.has(node) || node.outputs.some((name) => constants.has(name))) continue;
    const inputs = lookUp(weightInputs, node.op) ?? [];
    const sources = inputs.flatMap((input) => [...(constants.get(node.inputs[input] ?? "") ?? [])]);
    const tensors = new Map(sources.filter(([name]) => !taken.has(name)));
    for (const name of tensors.keys()) taken.add(name);
    if (tensors.size > 0) layers.push({ name: nodeLabel(node), op: node.op, tensors });
  }
  return layers;
}

/** For each value that depends on no input of the network: the tensors of weights that it is made from. */
function constantSources(
  graph: Graph,
  made: ReadonlyMap<string, Node>,
): Map<string, ReadonlyMap<string, Tensor>> {
  const constants = new Map<string, ReadonlyMap<string, Tensor>>([["", new Map()]]);
  for (const [name, tensor] of graph.initializers) constants.set(name, source(name, tensor));
  for (const node of graph.nodes) {
    const tensor = constantTensor(node);
    if (tensor !== undefined) {
      const [name = ""] = node.outputs;
      constants.set(name, source(name, tensor));
    } else if (node.inputs.every((name) => constants.has(name)) && !hasGraphs(node)) {
      const from = dataFirst.has(node.op) ? node.inputs.slice(0, 1) : node.inputs;
      const sources = new Map(from.flatMap((name) => [...(constants.get(name) ?? [])]));
      for (const name of node.outputs) if (made.get(name) === node) constants.set(name, sources);
    }
  }
  return constants;
}

function source(name: string, tensor: Tensor): ReadonlyMap<string, Tensor> {
  return new Map(isWeightType(tensor.type) ? [[name, tensor]] : []);
}

/** A node with inner graphs may depend on anything around it. */
function hasGraphs(node: Node): boolean {
  return [...node.attributes.values()].some(({ kind }) => kind === "graph");
}

function ancestors(outputs: readonly string[], made: ReadonlyMap<string, Node>): Set<Node> {
  const found = new Set<Node>();
  const open = [...outputs];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = made.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return found;
}
