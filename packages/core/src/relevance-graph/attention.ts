import type { Graph } from "@onnx-lrp/onnx-loader";
import { isOp } from "../operators/traits.ts";
import { imageDependent } from "./flow.ts";

/** Whether a network multiplies two matrices that both depend on its input, as attention does. */
export function hasAttention(graph: Graph, image: string): boolean {
  const dependent = imageDependent(graph, image);
  return graph.nodes.some(
    (node) =>
      isOp(node, "MatMul", "Einsum") && node.inputs.filter((input) => dependent.has(input)).length > 1,
  );
}
