/**
 * Folds batch normalization into the linear layer before it. With s = gamma / sqrt(variance + eps),
 *
 *     s (W x + b - mean) + beta  =  (s W) x + (s (b - mean) + beta),
 *
 * s along the layer's output channels. The new weights are nodes, which onnxruntime computes when it loads the model.
 *
 * Not folded: where the layer's own output is used elsewhere too (that use would lose it), or is an output of the graph;
 * where weights or statistics are not constants, or are the batch's own (training_mode).
 */
import { floatAttribute, intAttribute } from "../attributes.ts";
import { createTape, type Tape, valueNames } from "../emit.ts";
import type { Graph, Model, Node } from "../model.ts";
import type { Shapes } from "../shapes.ts";
import { consumers, producers } from "../topology.ts";
import type { PassResult } from "./pass.ts";

export function foldBatchNormalization(model: Model, shapes: Shapes): PassResult {
  const { graph } = model;
  const made = producers(graph);
  const users = consumers(graph);
  const isConstant = constants(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const tape = createTape(valueNames(graph), "folded");
  const replaced = new Map<Node, readonly Node[]>();
  let count = 0;

  for (const norm of graph.nodes) {
    if (norm.op !== "BatchNormalization" || norm.domain !== "") continue;
    if (intAttribute(norm, "training_mode", 0) !== 0) continue;
    const inner = norm.inputs[0] ?? "";
    const layer = made.get(inner);
    if (layer === undefined || outputs.has(inner) || users.get(inner)?.length !== 1) continue;
    if (
      !norm.inputs.slice(1).every(isConstant) ||
      !layer.inputs.slice(1).every((name) => name === "" || isConstant(name))
    )
      continue;
    const axis = channelAxis(layer, shapes);
    if (axis === undefined) continue;
    tape.nodes.length = 0;
    const folded = tape.within(norm.name || inner, () => fold(tape, layer, norm, axis, shapes));
    replaced.set(layer, []);
    replaced.set(norm, [...tape.nodes, folded]);
    count += 1;
  }
  if (count === 0) return { model, changed: [] };
  const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const changed =
    count === 1
      ? "A BatchNormalization node is folded into the layer before it."
      : `${count} BatchNormalization nodes are folded into the layers before them.`;
  return { model: { ...model, graph: { ...graph, nodes, initializers } }, changed: [changed] };
}

function constants(graph: Graph): (value: string) => boolean {
  const known = new Set(graph.initializers.keys());
  for (const node of graph.nodes) {
    if (node.inputs.every((input) => input === "" || known.has(input)))
      for (const output of node.outputs) known.add(output);
  }
  return (value) => known.has(value);
}

/** The axis of the weight along which the layer's output channels lie. */
function channelAxis(layer: Node, shapes: Shapes): number | undefined {
  if (layer.domain !== "") return undefined;
  switch (layer.op) {
    case "Conv":
      return 0;
    case "ConvTranspose":
      return 1;
    case "Gemm":
      return intAttribute(layer, "transB", 0) === 1 ? 0 : 1;
    case "MatMul":
      return shapes.get(layer.inputs[1] ?? "")?.dims.length === 2 &&
        shapes.get(layer.inputs[0] ?? "")?.dims.length === 2
        ? 1
        : undefined;
    default:
      return undefined;
  }
}

function fold(tape: Tape, layer: Node, norm: Node, axis: number, shapes: Shapes): Node {
  const [, gamma = "", beta = "", mean = "", variance = ""] = norm.inputs;
  const [input = "", weight = "", bias = ""] = layer.inputs;
  const epsilon = tape.floats([floatAttribute(norm, "epsilon", 1e-5)]);
  const deviation = tape.emit("Sqrt", [tape.emit("Add", [variance, epsilon])]);
  const scale = tape.emit("Div", [gamma, deviation]);
  const scaled = scaledWeight(tape, layer, weight, scale, axis, shapes);
  const offset =
    bias === "" ? tape.emit("Neg", [mean]) : tape.emit("Sub", [biasTerm(tape, layer, bias), mean]);
  const shifted = tape.emit("Add", [tape.emit("Mul", [offset, scale]), beta]);
  const attributes = new Map(layer.attributes);
  attributes.delete("beta");
  return {
    ...layer,
    op: layer.op === "MatMul" ? "Gemm" : layer.op,
    inputs: [input, scaled, shifted],
    outputs: [norm.outputs[0] ?? ""],
    attributes,
  };
}

function scaledWeight(
  tape: Tape,
  layer: Node,
  weight: string,
  scale: string,
  axis: number,
  shapes: Shapes,
): string {
  const dims = shapes.get(weight)?.dims.map(Number) ?? [];
  const groups = layer.op === "ConvTranspose" ? intAttribute(layer, "group", 1) : 1;
  const [inputs = 0, outputs = 0, ...kernel] = dims;
  if (groups > 1) {
    // The weight [C, M/g, k...] holds its output channels group by group: as [g, C/g, M/g, k...] they lie in two axes.
    const apart = tape.emit("Reshape", [weight, tape.ints([groups, inputs / groups, outputs, ...kernel])]);
    const factors = tape.emit("Reshape", [scale, tape.ints([groups, 1, outputs, ...kernel.map(() => 1)])]);
    return tape.emit("Reshape", [tape.emit("Mul", [apart, factors]), tape.ints(dims)]);
  }
  const along = dims.map((_, i) => (i === axis ? -1 : 1));
  return tape.emit("Mul", [weight, tape.emit("Reshape", [scale, tape.ints(along)])]);
}

/** Gemm's bias with its factor, which the fold takes into the bias itself. */
function biasTerm(tape: Tape, layer: Node, bias: string): string {
  const beta = layer.op === "Gemm" ? floatAttribute(layer, "beta", 1) : 1;
  return beta === 1 ? bias : tape.emit("Mul", [bias, tape.floats([beta])]);
}
