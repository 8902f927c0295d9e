/** What a program that uses this package has added to the operator table. */
import type { Node } from "@onnx-lrp/onnx-loader";
import type { OperatorEntry } from "./operator.ts";

const registered = new Map<string, OperatorEntry>();

/**
 * Adds or overrides the entry of an operation, from then on for every network of the process. The operation must be one
 * that onnxruntime can run.
 *
 * @param op the operation's name in the model, such as "Sin"
 * @param domain its domain; "" for ONNX's own
 * @returns a function that removes the entry again
 */
export function registerOperator(op: string, entry: OperatorEntry, domain = ""): () => void {
  const key = keyOf(op, domain);
  registered.set(key, entry);
  return () => {
    if (registered.get(key) === entry) registered.delete(key);
  };
}

/** The entry that was added for a node's operation. */
export function registeredEntry({ op, domain }: Node): OperatorEntry | undefined {
  return registered.get(keyOf(op, domain));
}

/** Domains that operations have been added for. */
export function registeredDomains(): Set<string> {
  return new Set([...registered.keys()].map((key) => key.slice(0, key.lastIndexOf("::"))));
}

function keyOf(op: string, domain: string): string {
  return `${domain}::${op}`;
}
