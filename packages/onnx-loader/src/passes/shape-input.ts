/**
 * Gives an input a shape. Where the file's shape lacks an axis (no batch, no channel), the input gets it, and a Squeeze
 * takes it away again before the first use.
 */
import { subgraphs } from "../attributes.ts";
import { createTape, valueNames } from "../emit.ts";
import type { Attribute, Dim, Graph, Model, Node } from "../model.ts";
import type { PassResult } from "./pass.ts";

export interface InputShape {
  readonly name: string;
  readonly dims: readonly Dim[];
  /** The axis of `dims` that the graph does not want. */
  readonly lacks?: number | undefined;
}

export function shapeInput(model: Model, { name, dims, lacks }: InputShape): PassResult {
  const { graph } = model;
  const inputs = graph.inputs.map((input) =>
    input.name === name && input.type !== undefined ? { name, type: { ...input.type, dims } } : input,
  );
  if (lacks === undefined) return { model: { ...model, graph: { ...graph, inputs } }, changed: [] };
  const tape = createTape(valueNames(graph), `${name}/plain`);
  const plain = tape.emit("Squeeze", [name, tape.ints([lacks])]);
  const nodes = [...tape.nodes, ...graph.nodes.map((node) => renamed(node, name, plain))];
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const what = lacks === 0 ? "batch" : "channel";
  return {
    model: { ...model, graph: { ...graph, inputs, nodes, initializers } },
    changed: [`The input "${name}", which has no ${what} dimension, gets one of 1.`],
  };
}

/** The node with every use of a value, inner graphs' included, under another name. */
function renamed(node: Node, from: string, to: string): Node {
  const inputs = node.inputs.map((input) => (input === from ? to : input));
  if (subgraphs(node).length === 0) return node.inputs.includes(from) ? { ...node, inputs } : node;
  const attributes = new Map<string, Attribute>();
  for (const [key, attribute] of node.attributes) {
    const { kind, value } = attribute;
    attributes.set(key, kind === "graph" ? { kind, value: renamedGraph(value, from, to) } : attribute);
  }
  return { ...node, inputs, attributes };
}

function renamedGraph(graph: Graph, from: string, to: string): Graph {
  const outputs = graph.outputs.map((output) => (output.name === from ? { ...output, name: to } : output));
  return { ...graph, outputs, nodes: graph.nodes.map((node) => renamed(node, from, to)) };
}
