/**
 * Takes a bias into the dense layer before it where the layer is written as MatMul and Add on values of more than two
 * dimensions, as tokens are: Gemm, which has a bias, takes two, so that what was [N, L, C] becomes [N L, C] for it. (For two
 * dimensions fold-affine.ts does the same.) A bias that is one number for all channels stays: it may belong to a gate.
 *
 * What quantization leaves between the two goes to where it changes nothing: a factor into the weights, and the bounds of an
 * accumulator, Clip(x W, l, h) + b with l < 0 < h, behind the bias, as Min(Max(x W + b, l + b), h + b). Other bounds may be an
 * activation.
 */

import { constantReader, constantTensors } from "../constants.ts";
import { createTape, valueNames } from "../emit.ts";
import type { Graph, Model, Node } from "../model.ts";
import { inputOf, outputOf } from "../node.ts";
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

interface DenseLayer {
  /** The MatMul. */
  readonly layer: Node;
  /** Constants that its output is multiplied with. */
  readonly factors: readonly string[];
  /** Between which it is kept before the bias is added. */
  readonly bounds: readonly Bound[];
  /** The nodes that do that. */
  readonly between: readonly Node[];
  readonly bias: string;
  /** Of its output. */
  readonly dims: readonly Size[];
}

/** By the Add of each. */
function denseLayers(graph: Graph, shapes: Shapes): Map<Node, DenseLayer> {
  const made = producers(graph);
  const users = consumers(graph);
  const isConstant = constantValues(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const numbers = constantReader(constantTensors(graph));
  const dimsOf = (value: string) => shapes.get(value)?.dims ?? [];
  const found = new Map<Node, DenseLayer>();
  for (const node of graph.nodes) {
    if (node.domain !== "" || node.op !== "Add") continue;
    const at = [0, 1].find((index) => isConstant(inputOf(node, index)));
    if (at === undefined) continue;
    const [bias, product] = [inputOf(node, at), inputOf(node, 1 - at)];
    const dims = dimsOf(product);
    if (dims.length <= 2 || !isByLastAxis(dimsOf(bias), dims)) continue;
    const factors: string[] = [];
    const bounds: Bound[] = [];
    const between: Node[] = [];
    for (let value = product; ; ) {
      const before = made.get(value);
      if (before?.domain !== "" || outputs.has(value) || users.get(value)?.length !== 1) break;
      if (before.op === "MatMul") {
        const [x = "", weight = ""] = before.inputs;
        if (!isConstant(x) && isConstant(weight) && dimsOf(weight).length === 2) {
          found.set(node, { layer: before, factors, bounds, between, bias, dims });
        }
        break;
      }
      const [first = "", ...others] = before.inputs;
      between.push(before);
      if (before.op === "Clip" && factors.length === 0) {
        const [low = "", high = ""] = others;
        if (!((numbers(low)?.[0] ?? 0) < 0 && (numbers(high)?.[0] ?? 0) > 0)) break;
        bounds.unshift({ op: "Max", bound: low }, { op: "Min", bound: high });
        value = first;
      } else if (before.op === "Mul") {
        const constant = before.inputs.find(isConstant);
        const signal = before.inputs.find((one) => !isConstant(one));
        if (constant === undefined || signal === undefined) break;
        const size = dimsOf(constant);
        if (!size.every((one) => one === 1) && !isByLastAxis(size, dims)) break;
        factors.push(constant);
        value = signal;
      } else break;
    }
  }
  return found;
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
