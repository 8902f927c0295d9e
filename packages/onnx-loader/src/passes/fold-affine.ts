/**
 * Folds what follows a linear layer channel by channel into the layer: y = s (W x + b) + t is
 *
 *     (s W) x + (s b + t),
 *
 * s and t along the layer's output channels. That is batch normalization, with s = gamma / sqrt(variance + eps) and
 * t = beta - s mean; and it is how exporters write it out, or a bias: Mul, Div, Add and Sub with one constant per channel.
 * The new weights are nodes, which onnxruntime computes when it loads the model.
 *
 * Not folded: where the layer's own output is used elsewhere too (that use would lose it), or is an output of the graph;
 * where weights or statistics are not constants, or are the batch's own (training_mode); and a term that is the same for
 * all channels, such as the 3 of a hard sigmoid written out, by which gates are known.
 */

import { floatAttribute, intAttribute } from "../attributes.ts";
import { createTape, type Tape, valueNames } from "../emit.ts";
import type { Model, Node } from "../model.ts";
import { inputOf, outputOf } from "../node.ts";
import type { Shapes } from "../shapes.ts";
import { consumers, producers } from "../topology.ts";
import { constantValues } from "./constant-values.ts";
import type { PassResult } from "./pass.ts";

/** Something done to a value channel by channel, with constants. */
type Affine =
  | { readonly kind: "norm"; readonly input: string; readonly node: Node }
  | {
      readonly kind: "Add" | "Mul" | "Sub" | "Div";
      readonly input: string;
      readonly constant: string;
    };

export function foldAffine(model: Model, shapes: Shapes): PassResult {
  const { graph } = model;
  const made = producers(graph);
  const users = consumers(graph);
  const isConstant = constantValues(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const tape = createTape(valueNames(graph), "folded");
  const known = new Map(shapes);
  const replaced = new Map<Node, readonly Node[]>();
  const done = new Map<Node, Folded>();
  let norms = 0;
  let others = 0;

  for (const node of graph.nodes) {
    const affine = affineOf(node, isConstant);
    if (affine === undefined) continue;
    const { input } = affine;
    const layer = made.get(input);
    if (layer === undefined || outputs.has(input) || users.get(input)?.length !== 1) continue;
    const before = done.get(layer);
    const fixed = layer.inputs.slice(1).every((name) => name === "" || isConstant(name));
    if (before === undefined && !fixed) continue;
    const axis = channelAxis(layer, known);
    const channels = Number(shapes.get(input)?.dims[1]);
    if (axis === undefined || !isByChannel(affine, shapes, input, channels)) continue;
    const target = { axis, channels, output: outputOf(node), shapes: known };
    const whole = tape.within(node.name || input, () => fold(tape, layer, affine, target));
    const weights = [...(before?.weights ?? []), ...tape.take()];
    replaced.set(before?.place ?? layer, []);
    replaced.set(node, [...weights, whole]);
    done.set(whole, { place: node, weights });
    made.set(target.output, whole);
    const shape = known.get(inputOf(layer, 1));
    if (shape !== undefined) known.set(inputOf(whole, 1), shape);
    if (node.op === "BatchNormalization") norms += 1;
    else others += 1;
  }
  if (norms + others === 0) return { model, changed: [] };
  const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  return {
    model: { ...model, graph: { ...graph, nodes, initializers } },
    changed: [
      ...sentence(norms, "BatchNormalization node"),
      ...sentence(others, "factor or term by channel", "factors and terms by channel"),
    ],
  };
}

/** A layer that has taken something up. */
interface Folded {
  /** The node of the graph in whose place it stands. */
  readonly place: Node;
  /** The nodes that make its weights. */
  readonly weights: readonly Node[];
}

function sentence(count: number, one: string, many = `${one}s`): string[] {
  if (count === 0) return [];
  return count === 1
    ? [`A ${one} is folded into the layer before it.`]
    : [`${count} ${many} are folded into the layers before them.`];
}

/** What a node does to its input channel by channel; undefined for anything else. */
function affineOf(node: Node, isConstant: (value: string) => boolean): Affine | undefined {
  if (node.domain !== "") return undefined;
  const [left = "", right = ""] = node.inputs;
  switch (node.op) {
    case "BatchNormalization":
      return intAttribute(node, "training_mode", 0) === 0 && node.inputs.slice(1).every(isConstant)
        ? { input: left, kind: "norm", node }
        : undefined;
    case "Add":
    case "Mul":
      if (isConstant(right)) return { input: left, kind: node.op, constant: right };
      return isConstant(left) ? { input: right, kind: node.op, constant: left } : undefined;
    case "Sub":
    case "Div":
      return isConstant(right) ? { input: left, kind: node.op, constant: right } : undefined;
    default:
      return undefined;
  }
}

/** Whether it is a factor for all channels, or a number for each; they lie in the second dimension of `value`. */
function isByChannel(affine: Affine, shapes: Shapes, value: string, channels: number): boolean {
  if (affine.kind === "norm") return true;
  const rank = shapes.get(value)?.dims.length ?? 0;
  const dims = shapes.get(affine.constant)?.dims.map(Number);
  if (dims === undefined || dims.length > rank) return false;
  if (dims.every((size) => size === 1)) return affine.kind === "Mul" || affine.kind === "Div";
  const aligned = [...new Array<number>(rank - dims.length).fill(1), ...dims];
  return aligned.every((size, axis) => size === (axis === 1 ? channels : 1));
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
      return shapes.get(inputOf(layer, 1))?.dims.length === 2 &&
        shapes.get(inputOf(layer, 0))?.dims.length === 2
        ? 1
        : undefined;
    default:
      return undefined;
  }
}

interface FoldTarget {
  /** The axis of the weight along which the output channels lie. */
  readonly axis: number;
  readonly channels: number;
  readonly output: string;
  readonly shapes: Shapes;
}

/** The layer with what follows it taken in; the nodes that make its weights come on the tape. */
function fold(tape: Tape, layer: Node, affine: Affine, target: FoldTarget): Node {
  const { axis, output, shapes } = target;
  const [input = "", weight = "", bias = ""] = layer.inputs;
  const { scale, shift } = numbersOf(tape, affine, target);
  const scaled = scale === undefined ? weight : scaledWeight(tape, layer, weight, scale, axis, shapes);
  const term = bias === "" ? undefined : biasTerm(tape, layer, bias);
  const kept = term === undefined || scale === undefined ? term : tape.emit("Mul", [term, scale]);
  const shifted =
    kept === undefined || shift === undefined ? (kept ?? shift ?? "") : tape.emit("Add", [kept, shift]);
  const attributes = new Map(layer.attributes);
  attributes.delete("beta");
  const plain = shifted === "" ? [input, scaled] : [input, scaled, shifted];
  const op = layer.op === "MatMul" && shifted !== "" ? "Gemm" : layer.op;
  return { ...layer, op, inputs: plain, outputs: [output], attributes };
}

/** The factor and the term, [channels] each; undefined for a factor of one and a term of zero. */
function numbersOf(
  tape: Tape,
  affine: Affine,
  { channels }: FoldTarget,
): { readonly scale?: string; readonly shift?: string } {
  if (affine.kind === "norm") {
    const [, gamma = "", beta = "", mean = "", variance = ""] = affine.node.inputs;
    const epsilon = tape.scalar(floatAttribute(affine.node, "epsilon", 1e-5));
    const deviation = tape.emit("Sqrt", [tape.emit("Add", [variance, epsilon])]);
    const scale = tape.emit("Div", [gamma, deviation]);
    return { scale, shift: tape.emit("Sub", [beta, tape.emit("Mul", [mean, scale])]) };
  }
  const list = tape.emit("Reshape", [affine.constant, tape.ints([-1])]);
  const vector = tape.emit("Expand", [list, tape.ints([channels])]);
  switch (affine.kind) {
    case "Add":
      return { shift: vector };
    case "Sub":
      return { shift: tape.emit("Neg", [vector]) };
    case "Mul":
      return { scale: vector };
    case "Div":
      return { scale: tape.emit("Reciprocal", [vector]) };
  }
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
  return beta === 1 ? bias : tape.emit("Mul", [bias, tape.scalar(beta)]);
}
