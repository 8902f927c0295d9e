import type { Graph } from "@onnx-lrp/onnx-loader";
import { dependentValues } from "@onnx-lrp/onnx-loader/internal";

/** Every value that depends on what the picture shows, the picture included. */
export function imageDependent(graph: Graph, image: string): Set<string> {
  return dependentValues(graph, [image]);
}
