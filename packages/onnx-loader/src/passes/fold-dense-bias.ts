/**
 * Takes a bias into the dense layer before it where the layer is written as MatMul and Add on values of more than two
 * dimensions, as tokens are: Gemm, which has a bias, takes two, so that what was [N, L, C] becomes [N L, C] for it. (For two
 * dimensions fold-affine.ts does the same.) A bias that is one number for all channels stays: it may belong to a gate.
 *
 * What quantization leaves between the two goes to where it changes nothing: a factor into the weights, and the bounds of an
 * accumulator, Clip(x W, l, h) + b with l < 0 < h, behind the bias, as Min(Max(x W + b, l + b), h + b). Other bounds may be an
 * activation.
 */

import { type ConstantReader, constantReader, constantTensors } from "../constants.ts";
import { createTape, valueNames } from "../emit.ts";
import type { Graph, Model, Node } from "../model.ts";
import { inputOf, isOp, outputOf } from "../node.ts";
import type { Shapes, Size } from "../shapes.ts";
import { consumers, producers } from "../topology.ts";
import { constantValues } from "./constant-values.ts";
import type { PassResult } from "./pass.ts";

export function foldDenseBias(model: Model, shapes: Shapes): PassResult {
  const { graph } = model;
  const tape = createTape(valueNames(graph), "bias");
  const layers = denseLayers(graph, shapes);
  if (layers.size === 0) return { model, changed: [] };
  const replaced = new Map<Node, readonly Node[]>();
  for (const [add, { layer, factors, bounds, between, bias, dims }] of layers) {
    const [x = "", weight = ""] = layer.inputs;
    const made = tape.within(layer.name || outputOf(layer), () => {
      const [rows = 0, columns = 0] = shapes.get(weight)?.dims.map(Number) ?? [];
      const flat = tape.emit("Reshape", [x, tape.ints([-1, rows])]);
      const vector = tape.emit("Reshape", [bias, tape.ints([columns])]);
      const scaled = factors.reduce(
        (all, factor) => tape.emit("Mul", [all, tape.emit("Reshape", [factor, tape.ints([-1])])]),
        weight,
      );
      const sum = tape.emit("Gemm", [flat, scaled, vector]);
      const bounded = bounds.reduce(
        (value, { op, bound }) => tape.emit(op, [value, tape.emit("Add", [bound, vector])]),
        sum,
      );
      return { sum: bounded, shape: tape.ints(dims.map((size) => (typeof size === "number" ? size : -1))) };
    });
    const nodes = tape.take().map((node) => (node.op === "Gemm" ? { ...node, name: layer.name } : node));
    replaced.set(layer, []);
    for (const node of between) replaced.set(node, []);
    replaced.set(add, [
      ...nodes,
      { ...add, op: "Reshape", inputs: [made.sum, made.shape], attributes: new Map() },
    ]);
  }
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
  const count = layers.size;
  return {
    model: { ...model, graph: { ...graph, nodes, initializers } },
    changed: [
      count === 1
        ? "A bias is taken into the dense layer before it."
        : `${count} biases are taken into the dense layers before them.`,
    ],
  };
}

/** From below or from above. */
interface Bound {
  readonly op: "Max" | "Min";
  readonly bound: string;
}

/** A dense layer, and what lies between it and its bias. */
interface Unbiased {
  /** The MatMul. */
  readonly layer: Node;
  /** Constants that its output is multiplied with. */
  readonly factors: readonly string[];
  /** Between which it is kept before the bias is added. */
  readonly bounds: readonly Bound[];
  /** The nodes that do that. */
  readonly between: readonly Node[];
}

interface DenseLayer extends Unbiased {
  readonly bias: string;
  /** Of its output. */
  readonly dims: readonly Size[];
}

/** What is asked of the values of a graph. */
interface View {
  /** The node of ONNX's own that makes a value, if that is used once and no output. */
  makerOf(value: string): Node | undefined;
  isConstant(value: string): boolean;
  readonly numbers: ConstantReader;
  dims(value: string): readonly Size[];
}

function viewOf(graph: Graph, shapes: Shapes): View {
  const made = producers(graph);
  const users = consumers(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return {
    makerOf(value) {
      const node = made.get(value);
      const isStep = node?.domain === "" && !outputs.has(value) && users.get(value)?.length === 1;
      return isStep ? node : undefined;
    },
    isConstant: constantValues(graph),
    numbers: constantReader(constantTensors(graph)),
    dims: (value) => shapes.get(value)?.dims ?? [],
  };
}

/** By the Add of each. */
function denseLayers(graph: Graph, shapes: Shapes): Map<Node, DenseLayer> {
  const view = viewOf(graph, shapes);
  const found = new Map<Node, DenseLayer>();
  for (const node of graph.nodes) {
    if (!isOp(node, "Add")) continue;
    const at = [0, 1].find((index) => view.isConstant(inputOf(node, index)));
    if (at === undefined) continue;
    const [bias, product] = [inputOf(node, at), inputOf(node, 1 - at)];
    const dims = view.dims(product);
    if (dims.length <= 2 || !isByLastAxis(view.dims(bias), dims)) continue;
    const behind = layerBehind(product, dims, view);
    if (behind !== undefined) found.set(node, { ...behind, bias, dims });
  }
  return found;
}

/** @param dims of the value, which is what a dense layer makes, or that bounded and multiplied */
function layerBehind(product: string, dims: readonly Size[], view: View): Unbiased | undefined {
  const factors: string[] = [];
  const bounds: Bound[] = [];
  const between: Node[] = [];
  for (let value = product; ; ) {
    const node = view.makerOf(value);
    if (node === undefined) return undefined;
    if (node.op === "MatMul")
      return isDense(node, view) ? { layer: node, factors, bounds, between } : undefined;
    const own = factors.length === 0 ? accumulatorBounds(node, view) : undefined;
    const factor = channelFactor(node, dims, view);
    between.push(node);
    if (own !== undefined) {
      bounds.unshift(...own);
      value = inputOf(node, 0);
    } else if (factor !== undefined) {
      factors.push(factor.constant);
      value = factor.signal;
    } else return undefined;
  }
}

function isDense({ inputs: [x = "", weight = ""] }: Node, { isConstant, dims }: View): boolean {
  return !isConstant(x) && isConstant(weight) && dims(weight).length === 2;
}

/** Of a Clip around 0. */
function accumulatorBounds({ op, inputs }: Node, { numbers }: View): Bound[] | undefined {
  const [, low = "", high = ""] = inputs;
  const isAround = op === "Clip" && (numbers(low)?.[0] ?? 0) < 0 && (numbers(high)?.[0] ?? 0) > 0;
  if (!isAround) return undefined;
  return [
    { op: "Max", bound: low },
    { op: "Min", bound: high },
  ];
}

/** Of a product with one number, or one for each channel. */
function channelFactor(
  { op, inputs }: Node,
  dims: readonly Size[],
  view: View,
): { readonly constant: string; readonly signal: string } | undefined {
  const constant = inputs.find(view.isConstant);
  const signal = inputs.find((input) => !view.isConstant(input));
  if (op !== "Mul" || constant === undefined || signal === undefined) return undefined;
  const size = view.dims(constant);
  return size.every((one) => one === 1) || isByLastAxis(size, dims) ? { constant, signal } : undefined;
}

/** Whether a constant has one number for each place of the last axis, of which there are several, and no more. */
function isByLastAxis(constant: readonly Size[], dims: readonly Size[]): boolean {
  const channels = dims.at(-1);
  return (
    constant.length > 0 &&
    constant.length <= dims.length &&
    channels !== 1 &&
    constant.at(-1) === channels &&
    constant.slice(0, -1).every((size) => size === 1)
  );
}
