/**
 * Gives an input a shape. Where the file's shape lacks an axis (no batch, no channel), the input gets it, and a Squeeze
 * takes it away again before the first use.
 */
import { createTape, valueNames } from "../emit.ts";
import type { Dim, Model } from "../model.ts";
import { consumers } from "../topology.ts";
import type { PassResult } from "./pass.ts";
import { renameNode } from "./rename.ts";

export interface InputShape {
  readonly name: string;
  readonly dims: readonly Dim[];
  /** The axis of `dims` that the graph does not want. */
  readonly lacks?: number | undefined;
}

export function setInputShape(model: Model, { name, dims, lacks }: InputShape): PassResult {
  const { graph } = model;
  const inputs = graph.inputs.map((input) =>
    input.name === name && input.type !== undefined ? { name, type: { ...input.type, dims } } : input,
  );
  if (lacks === undefined) return { model: { ...model, graph: { ...graph, inputs } }, changed: [] };
  const tape = createTape(valueNames(graph), `${name}/plain`);
  const plain = tape.emit("Squeeze", [name, tape.ints([lacks])]);
  const rename = (value: string) => (value === name ? plain : value);
  const users = new Set(consumers(graph).get(name));
  const uses = graph.nodes.map((node) => (users.has(node) ? renameNode(node, rename, node.name) : node));
  const nodes = [...tape.take(), ...uses];
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const what = lacks === 0 ? "batch" : "channel";
  return {
    model: { ...model, graph: { ...graph, inputs, nodes, initializers } },
    changed: [`The input "${name}", which has no ${what} dimension, gets one of 1.`],
  };
}
