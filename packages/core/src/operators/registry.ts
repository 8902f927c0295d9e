/** The operator table as it is asked: what ships, and what a program that uses this package has added. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { operators } from "./index.ts";
import type { OperatorEntry } from "./operator.ts";

const registered = new Map<string, OperatorEntry>();

/**
 * Tells what an operation is to relevance: one that has no rule yet, or another way for one that has. It holds from then
 * on for every network of the process. The operation must be one that onnxruntime can run.
 *
 * @param op the operation's name in the model, such as "ThresholdedRelu"
 * @param domain its domain; "" for ONNX's own
 * @returns a function that takes the entry away again
 */
export function registerOperator(op: string, entry: OperatorEntry, domain = ""): () => void {
  const key = keyOf(op, domain);
  registered.set(key, entry);
  return () => {
    if (registered.get(key) === entry) registered.delete(key);
  };
}

/** The entry for a node's operation; undefined where there is none. */
export function operatorOf({ op, domain }: Node): OperatorEntry | undefined {
  return registered.get(keyOf(op, domain)) ?? (domain === "" ? operators.get(op) : undefined);
}

/** Domains that operations have been added for. */
export function registeredDomains(): Set<string> {
  return new Set([...registered.keys()].map((key) => key.slice(0, key.lastIndexOf("::"))));
}

function keyOf(op: string, domain: string): string {
  return `${domain}::${op}`;
}
