/** The operator table as the compiler sees it: what ships, and what a program that uses this package has added. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { operators } from "./index.ts";
import type { OperatorEntry } from "./operator.ts";
import { registeredEntry } from "./registered.ts";

/** The entry for a node's operation; undefined if there is none. */
export function operatorOf(node: Node): OperatorEntry | undefined {
  return registeredEntry(node) ?? (node.domain === "" ? operators.get(node.op) : undefined);
}
