import { type ErrorSubject, UserError } from "./error.ts";
import type { Attribute, Graph, Node, Tensor } from "./model.ts";
import { nodeLabel, operationName, outputOf } from "./node.ts";

/** An attribute of the kind `int`, as nodes have it. */
export const int = (value: number | bigint): Attribute => ({ kind: "int", value: BigInt(value) });
/** An attribute of the kind `ints`. */
export const ints = (value: readonly (number | bigint)[]): Attribute => ({
  kind: "ints",
  value: value.map(BigInt),
});
/** An attribute of the kind `float`. */
export const float = (value: number): Attribute => ({ kind: "float", value });
/** An attribute of the kind `string`. */
export const string = (value: string): Attribute => ({ kind: "string", value });

function wrongKind(node: Node, name: string, wanted: string, found: Attribute): UserError {
  return new UserError(
    "model",
    `The attribute "${name}" of ${describeNode(node)} is a ${found.kind}, not ${wanted}: the model file breaks ONNX's ` +
      `definition of ${node.op}.`,
    { subject: nodeSubject(node) },
  );
}

/** `the Conv node "features.0"`, for sentences about it. */
export function describeNode(node: Node): string {
  const op = operationName(node);
  return node.name === "" ? `the ${op} node that makes "${outputOf(node)}"` : `the ${op} node "${node.name}"`;
}

/** The node as what an error is about. */
export function nodeSubject(node: Node): ErrorSubject {
  return { node: nodeLabel(node), operation: operationName(node) };
}

/**
 * A node's attribute of the kind `int`, or `otherwise` where it has none.
 *
 * @throws UserError `model` for one of another kind
 */
export function intAttribute(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return otherwise;
  if (attribute.kind !== "int") throw wrongKind(node, name, "an integer", attribute);
  return Number(attribute.value);
}

/**
 * A node's attribute of the kind `ints`; undefined where it has none.
 *
 * @throws UserError `model` for one of another kind
 */
export function intsAttribute(node: Node, name: string): number[] | undefined {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return undefined;
  if (attribute.kind !== "ints") throw wrongKind(node, name, "a list of integers", attribute);
  return attribute.value.map(Number);
}

/**
 * A node's attribute of the kind `float`, or `otherwise` where it has none.
 *
 * @throws UserError `model` for one of another kind
 */
export function floatAttribute(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return otherwise;
  if (attribute.kind !== "float") throw wrongKind(node, name, "a number", attribute);
  return attribute.value;
}

/**
 * A node's attribute of the kind `string`, or `otherwise` where it has none.
 *
 * @throws UserError `model` for one of another kind
 */
export function stringAttribute(node: Node, name: string, otherwise: string): string {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return otherwise;
  if (attribute.kind !== "string") throw wrongKind(node, name, "a string", attribute);
  return attribute.value;
}

export function tensorAttribute(node: Node, name: string): Tensor | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "tensor" ? attribute.value : undefined;
}

/** The graphs inside a node (If, Loop, Scan). */
export function subgraphs(node: Node): Graph[] {
  return [...node.attributes.values()].flatMap((attribute) =>
    attribute.kind === "graph" ? [attribute.value] : [],
  );
}
