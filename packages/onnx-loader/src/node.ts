/** What is asked of a node everywhere: its values and its name. */
import type { Node } from "./model.ts";

/** Input `index` of a node; "" if it is left out. */
export function inputOf({ inputs }: Pick<Node, "inputs">, index: number): string {
  return inputs[index] ?? "";
}

/** Output `index` of a node; "" if it is left out. */
export function outputOf({ outputs }: Pick<Node, "outputs">, index = 0): string {
  return outputs[index] ?? "";
}

/** A node's name, or that of its first output. */
export function nodeLabel(node: Pick<Node, "name" | "outputs">): string {
  return node.name || outputOf(node);
}

/** A node's operation, with its domain where that is not ONNX's own. */
export function operationName({ op, domain }: Pick<Node, "op" | "domain">): string {
  return domain === "" ? op : `${domain}.${op}`;
}

/** Whether a node is one of these operations of ONNX's own. */
export function isOp({ op, domain }: Pick<Node, "op" | "domain">, ...ops: readonly string[]): boolean {
  return domain === "" && ops.includes(op);
}
