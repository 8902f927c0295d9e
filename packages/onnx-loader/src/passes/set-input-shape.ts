/**
 * Gives an input a shape. Axes that the file's shape lacks (no batch, no channel) are added, and a Squeeze removes them
 * again before the first use.
 */
import { createTape, valueNames } from "../emit.ts";
import type { Dim, Model } from "../model.ts";
import { consumers } from "../topology.ts";
import type { PassResult } from "./pass.ts";
import { renameNode } from "./rename.ts";

export interface InputShape {
  readonly name: string;
  readonly dims: readonly Dim[];
  /** Axes of one in `dims` that the graph does not take. */
  readonly missing?: readonly number[] | undefined;
}

export function setInputShape(model: Model, { name, dims, missing = [] }: InputShape): PassResult {
  const { graph } = model;
  const inputs = graph.inputs.map((input) =>
    input.name === name && input.type !== undefined ? { name, type: { ...input.type, dims } } : input,
  );
  if (missing.length === 0) return { model: { ...model, graph: { ...graph, inputs } }, changed: [] };
  const tape = createTape(valueNames(graph), `${name}/plain`);
  const plain = tape.emit("Squeeze", [name, tape.ints(missing)]);
  const rename = (value: string) => (value === name ? plain : value);
  const users = new Set(consumers(graph).get(name));
  const uses = graph.nodes.map((node) => (users.has(node) ? renameNode(node, rename, node.name) : node));
  const nodes = [...tape.take(), ...uses];
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const what = missing.map((axis) => (axis === 0 ? "batch" : "channel")).join(" and no ");
  return {
    model: { ...model, graph: { ...graph, inputs, nodes, initializers } },
    changed: [
      `The input "${name}", which has no ${what} dimension, gets ${missing.length === 1 ? "one" : "both"} of 1.`,
    ],
  };
}
