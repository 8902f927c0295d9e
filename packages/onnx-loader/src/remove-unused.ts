import type { Graph, Node } from "./model.ts";
import { usedValues } from "./topology.ts";

/**
 * Drops nodes and initializers that nothing uses.
 *
 * @param among only these nodes may go; left out, any
 */
export function removeUnused(graph: Graph, among?: ReadonlySet<Node>): Graph {
  const used = new Set(graph.outputs.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const removable = among === undefined || among.has(node);
    if (removable && !node.outputs.some((name) => used.has(name))) continue;
    kept.push(node);
    for (const name of usedValues(node)) used.add(name);
  }
  const initializers = new Map([...graph.initializers].filter(([name]) => used.has(name)));
  const overridable = new Set([...graph.overridable].filter((name) => initializers.has(name)));
  const valueInfo = graph.valueInfo.filter(
    ({ name }) => overridable.has(name) || !graph.overridable.has(name),
  );
  return { ...graph, nodes: kept.reverse(), initializers, overridable, valueInfo };
}
