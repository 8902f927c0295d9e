/**
 * Takes the branch of an If whose condition is a constant, as PyTorch's exporter writes x.squeeze(1) and tests of a
 * module's own settings. The branch's nodes stand in the If's place; values of the graph around keep their names, those
 * made inside the branch get fresh ones.
 */

import { subgraphs } from "../attributes.ts";
import { constantReader, constantTensors } from "../constants.ts";
import { createTape, identity, type Tape, valueNames } from "../emit.ts";
import type { Graph, Model, Node } from "../model.ts";
import { inputOf, isOp, nodeLabel, outputOf } from "../node.ts";
import type { PassResult } from "./pass.ts";
import { renameNode } from "./rename.ts";

export function foldIf(model: Model): PassResult {
  const { graph } = model;
  if (!graph.nodes.some(isIf)) return { model, changed: [] };
  const numbers = constantReader(constantTensors(graph));
  const tape = createTape(valueNames(graph), "branch");
  let count = 0;
  const nodes = graph.nodes.flatMap((node) => {
    const condition = isIf(node) ? numbers(inputOf(node, 0))?.[0] : undefined;
    if (condition === undefined) return [node];
    const branch = node.attributes.get(condition === 0 ? "else_branch" : "then_branch");
    if (branch?.kind !== "graph") return [node];
    count += 1;
    return takeBranch(node, branch.value, tape);
  });
  if (count === 0) return { model, changed: [] };
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const changed =
    count === 1
      ? "An If node with a constant condition is replaced by the branch that it takes."
      : `${count} If nodes with constant conditions are replaced by the branches that they take.`;
  return { model: { ...model, graph: { ...graph, nodes, initializers } }, changed: [changed] };
}

export function isIf(node: Node): boolean {
  return isOp(node, "If");
}

function takeBranch(node: Node, branch: Graph, tape: Tape): Node[] {
  const label = nodeLabel(node);
  const names = new Map<string, string>();
  const own = ownNames(branch);
  const results: Node[] = [];
  for (const [i, { name }] of branch.outputs.entries()) {
    const wanted = outputOf(node, i);
    if (wanted === "") continue;
    // A value from outside, a constant of the branch or one that goes out twice cannot just be called as is wanted.
    const made = own.has(name) && !branch.initializers.has(name) && !names.has(name);
    if (made) names.set(name, wanted);
    else results.push(identity(name, wanted));
  }
  const rename = (name: string): string => {
    if (!own.has(name)) return name;
    const known = names.get(name) ?? tape.fresh(`${label}/${name}`);
    names.set(name, known);
    return known;
  };
  for (const [name, tensor] of branch.initializers) {
    tape.initializers.set(rename(name), { ...tensor, name: rename(name) });
  }
  const nodes = branch.nodes.map((inner) => renameNode(inner, rename, `${label}/${inner.name || inner.op}`));
  return [...nodes, ...results.map((same) => ({ ...same, inputs: same.inputs.map(rename) }))];
}

/** Names that are given inside the graph, its inner graphs included; all others are those of the graph around. */
function ownNames(graph: Graph): Set<string> {
  const names = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== "") names.add(output);
    for (const inner of subgraphs(node)) for (const name of ownNames(inner)) names.add(name);
  }
  return names;
}
