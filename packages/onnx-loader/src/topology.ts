import { subgraphs } from "./attributes.ts";
import { valueNames } from "./emit.ts";
import type { Graph, Node } from "./model.ts";

/** The node that makes each value. Inputs and initializers have none. */
export function producers(graph: Graph): Map<string, Node> {
  const made = new Map<string, Node>();
  for (const node of graph.nodes)
    for (const output of node.outputs) if (output !== "") made.set(output, node);
  return made;
}

/** The nodes that use each value, once for each node; uses inside inner graphs count for the node that holds them. */
export function consumers(graph: Graph): Map<string, Node[]> {
  const users = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const names = new Set(node.inputs);
    for (const inner of subgraphs(node)) for (const name of valueNames(inner)) names.add(name);
    for (const name of names) {
      if (name === "") continue;
      const list = users.get(name);
      if (list === undefined) users.set(name, [node]);
      else list.push(node);
    }
  }
  return users;
}
