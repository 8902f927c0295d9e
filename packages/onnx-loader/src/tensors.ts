import type { Attribute, Graph, Model, Node, Tensor } from "./model.ts";

/** Every tensor of a graph: initializers and those in attributes, inner graphs included. */
export function allTensors(graph: Graph): Tensor[] {
  const inNodes = graph.nodes.flatMap((node) =>
    [...node.attributes.values()].flatMap((attribute) => {
      if (attribute.kind === "tensor") return [attribute.value];
      return attribute.kind === "graph" ? allTensors(attribute.value) : [];
    }),
  );
  return [...graph.initializers.values(), ...inNodes];
}

/** The model with every tensor replaced by what `change` makes of it; what stays the same stays the very object. */
export function mapTensors(model: Model, change: (tensor: Tensor) => Tensor): Model {
  return { ...model, graph: mapGraph(model.graph, change) };
}

function mapGraph(graph: Graph, change: (tensor: Tensor) => Tensor): Graph {
  return {
    ...graph,
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, change(tensor)])),
    nodes: graph.nodes.map((node) => mapNode(node, change)),
  };
}

function mapNode(node: Node, change: (tensor: Tensor) => Tensor): Node {
  let same = true;
  const attributes = new Map<string, Attribute>();
  for (const [name, attribute] of node.attributes) {
    const now = mapAttribute(attribute, change);
    same &&= now === attribute;
    attributes.set(name, now);
  }
  return same ? node : { ...node, attributes };
}

function mapAttribute(attribute: Attribute, change: (tensor: Tensor) => Tensor): Attribute {
  if (attribute.kind === "tensor") {
    const value = change(attribute.value);
    return value === attribute.value ? attribute : { kind: "tensor", value };
  }
  if (
    attribute.kind !== "graph" ||
    allTensors(attribute.value).every((tensor) => change(tensor) === tensor)
  ) {
    return attribute;
  }
  return { kind: "graph", value: mapGraph(attribute.value, change) };
}
