import { type Graph, subgraphs, valueNames } from "@onnx-lrp/onnx-loader";

/** Operations whose output tells of a value's shape, not of the value. */
const cuts = new Set(["Shape", "Size", "ConstantOfShape"]);

/** Every value that depends on what the picture shows, the picture included. */
export function imageDependent(graph: Graph, image: string): Set<string> {
  const dependent = new Set([image]);
  for (const node of graph.nodes) {
    if (cuts.has(node.op)) continue;
    const uses = [...node.inputs, ...subgraphs(node).flatMap((inner) => [...valueNames(inner)])];
    if (uses.some((name) => dependent.has(name))) for (const output of node.outputs) dependent.add(output);
  }
  return dependent;
}
