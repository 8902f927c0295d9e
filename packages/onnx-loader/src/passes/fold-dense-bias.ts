/**
 * Takes a bias into the dense layer before it where the layer is written as MatMul and Add on values of more than two
 * dimensions, as tokens are: Gemm, which has a bias, takes two, so that what was [N, L, C] becomes [N L, C] for it. (For two
 * dimensions fold-affine.ts does the same.) A bias that is one number for all channels stays: it may belong to a gate.
 */

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
  for (const [add, { layer, bias, dims }] of layers) {
    const [x = "", weight = ""] = layer.inputs;
    const made = tape.within(layer.name || outputOf(layer), () => {
      const [rows = 0, columns = 0] = shapes.get(weight)?.dims.map(Number) ?? [];
      const flat = tape.emit("Reshape", [x, tape.ints([-1, rows])]);
      const vector = tape.emit("Reshape", [bias, tape.ints([columns])]);
      const sum = tape.emit("Gemm", [flat, weight, vector]);
      return { sum, shape: tape.ints(dims.map((size) => (typeof size === "number" ? size : -1))) };
    });
    const nodes = tape.take().map((node) => (node.op === "Gemm" ? { ...node, name: layer.name } : node));
    replaced.set(layer, []);
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

interface DenseLayer {
  /** The MatMul. */
  readonly layer: Node;
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
  const found = new Map<Node, DenseLayer>();
  for (const node of graph.nodes) {
    if (node.domain !== "" || node.op !== "Add") continue;
    const at = [0, 1].find((index) => isConstant(inputOf(node, index)));
    if (at === undefined) continue;
    const [bias, product] = [inputOf(node, at), inputOf(node, 1 - at)];
    const layer = made.get(product);
    if (layer?.domain !== "" || layer.op !== "MatMul") continue;
    if (outputs.has(product) || users.get(product)?.length !== 1) continue;
    const [x = "", weight = ""] = layer.inputs;
    const dims = shapes.get(product)?.dims ?? [];
    const isDense =
      dims.length > 2 && !isConstant(x) && isConstant(weight) && shapes.get(weight)?.dims.length === 2;
    if (isDense && isByLastAxis(shapes.get(bias)?.dims ?? [], dims)) found.set(node, { layer, bias, dims });
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
