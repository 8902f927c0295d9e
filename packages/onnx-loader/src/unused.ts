import { subgraphs } from "./attributes.ts";
import type { Graph, Node } from "./model.ts";

/**
 * Drops nodes and initializers that nothing uses.
 *
 * @param among only these nodes may go; left out, any
 */
export function withoutUnused(graph: Graph, among?: ReadonlySet<Node>): Graph {
  const used = new Set(graph.outputs.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const removable = among === undefined || among.has(node);
    if (removable && !node.outputs.some((name) => used.has(name))) continue;
    kept.push(node);
    for (const input of node.inputs) used.add(input);
    for (const inner of subgraphs(node)) {
      for (const deep of inner.nodes) for (const input of deep.inputs) used.add(input);
    }
  }
  const inner = graph.nodes.some((node) => subgraphs(node).length > 0);
  const initializers = inner
    ? graph.initializers
    : new Map([...graph.initializers].filter(([name]) => used.has(name)));
  const overridable = new Set([...graph.overridable].filter((name) => initializers.has(name)));
  const valueInfo = graph.valueInfo.filter(
    ({ name }) => overridable.has(name) || !graph.overridable.has(name),
  );
  return { ...graph, nodes: kept.reverse(), initializers, overridable, valueInfo };
}
