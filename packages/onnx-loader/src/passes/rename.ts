/** Copies of nodes under other names: what inlining a graph into another is made of. */
import type { Attribute, Graph, Node } from "../model.ts";

/** The new name of a value; of "" it is "". */
export type Rename = (name: string) => string;

/** @param label the new name of the node itself */
export function renameNode(node: Node, rename: Rename, label: string): Node {
  return {
    ...node,
    name: label,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: mapGraphs(node.attributes, (graph) => renameGraph(graph, rename)),
  };
}

function renameGraph(graph: Graph, rename: Rename): Graph {
  const named = <T extends { readonly name: string }>(value: T): T => ({
    ...value,
    name: rename(value.name),
  });
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renameNode(node, rename, node.name)),
    initializers: new Map(
      [...graph.initializers].map(([name, tensor]) => [rename(name), { ...tensor, name: rename(name) }]),
    ),
    inputs: graph.inputs.map(named),
    outputs: graph.outputs.map(named),
    valueInfo: [],
    overridable: new Set(),
  };
}

/** Attributes with every graph among them replaced. */
export function mapGraphs(
  attributes: Node["attributes"],
  change: (graph: Graph) => Graph,
): Map<string, Attribute> {
  return new Map(
    [...attributes].map(([name, attribute]) => [
      name,
      attribute.kind === "graph" ? { kind: "graph", value: change(attribute.value) } : attribute,
    ]),
  );
}
