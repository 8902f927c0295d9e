/** What onnxruntime takes for granted of nodes, and ends the process over where it is not so. */
import { describeNode, nodeSubject, subgraphs } from "./attributes.ts";
import { constantTensors } from "./constants.ts";
import { capitalize, obtainAgain, UserError } from "./error.ts";
import type { Graph, Node } from "./model.ts";
import { inputOf, isOp } from "./node.ts";

/** @throws UserError `model` naming the node */
export function checkNodes(graph: Graph): void {
  const constants = constantTensors(graph);
  for (const node of graph.nodes) {
    // It reads the first number of the depth when it infers shapes.
    if (isOp(node, "OneHot") && constants.get(inputOf(node, 1))?.dims.includes(0))
      throw refused(node, "has a depth without a number");
    // In training mode it writes to all outputs where there is more than one.
    if (isOp(node, "BatchNormalization") && node.outputs.some((name) => name === "") && !isPlain(node))
      throw refused(node, "has outputs of which some have no name");
    for (const inner of subgraphs(node)) checkNodes(inner);
  }
}

function isPlain({ outputs }: Node): boolean {
  return outputs.slice(1).every((name) => name === "");
}

function refused(node: Node, what: string): UserError {
  return new UserError("model", `${capitalize(describeNode(node))} ${what}: the model file is damaged.`, {
    subject: nodeSubject(node),
    remedies: [obtainAgain],
  });
}
