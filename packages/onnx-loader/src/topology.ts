import { subgraphs } from "./attributes.ts";
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
    for (const name of usedValues(node)) {
      const list = users.get(name);
      if (list === undefined) users.set(name, [node]);
      else list.push(node);
    }
  }
  return users;
}

/** The values of a graph that one of its nodes uses: its inputs, and what its inner graphs take from around them. */
export function usedValues(node: Node): Set<string> {
  const used = new Set(node.inputs);
  for (const inner of subgraphs(node)) for (const name of capturedValues(inner)) used.add(name);
  used.delete("");
  return used;
}

/** The values that an inner graph takes from the graphs around it. */
export function capturedValues(graph: Graph): Set<string> {
  const used = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) for (const name of usedValues(node)) used.add(name);
  for (const node of graph.nodes) for (const name of node.outputs) used.delete(name);
  for (const { name } of graph.inputs) used.delete(name);
  for (const name of graph.initializers.keys()) used.delete(name);
  used.delete("");
  return used;
}

/** Operations whose output depends on a value's shape alone. */
export const shapeQueries: ReadonlySet<string> = new Set(["Shape", "Size", "ConstantOfShape"]);

export function isShapeQuery({ op, domain }: Node): boolean {
  return domain === "" && shapeQueries.has(op);
}

/** Whether what a node makes depends on one of these values, rather than on its shape alone. */
export function dependsOn(node: Node, values: ReadonlySet<string>): boolean {
  if (isShapeQuery(node)) return false;
  for (const name of usedValues(node)) if (values.has(name)) return true;
  return false;
}

/** These values and every value of the graph that depends on one of them, rather than on its shape alone. */
export function dependentValues(graph: Graph, sources: Iterable<string>): Set<string> {
  const dependent = new Set(sources);
  for (const node of graph.nodes) {
    if (!dependsOn(node, dependent)) continue;
    for (const output of node.outputs) if (output !== "") dependent.add(output);
  }
  return dependent;
}
