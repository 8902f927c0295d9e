/** The constants of a graph and their numbers: what passes and rules know of a network before it is run. */

import { isFloat } from "./data-type.ts";
import type { Graph, Node, Tensor } from "./model.ts";
import { inputOf, isOp, outputOf } from "./node.ts";
import { elementCount, floatTensor, int64Tensor, tensorNumbers } from "./tensor.ts";

/** Larger tensors are weights, whose numbers nothing needs to know. */
export const largestConstant = 65_536;

/** The tensors of a graph that need no computing: initializers, values of Constant nodes, and either under the name that an Identity gives it. */
export function constantTensors(graph: Graph): Map<string, Tensor> {
  const tensors = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const output = outputOf(node);
    const identity = isOp(node, "Identity");
    const tensor = identity ? tensors.get(inputOf(node, 0)) : constantTensor(node);
    if (tensor !== undefined) tensors.set(output, tensor);
  }
  return tensors;
}

/** The value of a Constant node, whichever of its attributes has it; undefined for strings and for other nodes. */
export function constantTensor({ op, domain, outputs, attributes }: Node): Tensor | undefined {
  if (op !== "Constant" || domain !== "") return undefined;
  const [name = ""] = outputs;
  for (const [key, attribute] of attributes) {
    if (key === "value" && attribute.kind === "tensor") return attribute.value;
    if (key === "value_float" && attribute.kind === "float") return floatTensor(name, [], [attribute.value]);
    if (key === "value_int" && attribute.kind === "int") return int64Tensor(name, [], [attribute.value]);
    if (key === "value_floats" && attribute.kind === "floats")
      return floatTensor(name, [attribute.value.length], attribute.value);
    if (key === "value_ints" && attribute.kind === "ints")
      return int64Tensor(name, [attribute.value.length], attribute.value);
  }
  return undefined;
}

/** The numbers of a constant in row-major order; undefined for what is none, is too large, or lies outside the model file. */
export type ConstantReader = (value: string) => readonly number[] | undefined;

/**
 * Reads constants when they are asked for, each at most once.
 *
 * @param maxElements number of elements up to which a constant is read
 */
export function constantReader(
  tensors: ReadonlyMap<string, Tensor>,
  maxElements: number = largestConstant,
): ConstantReader {
  const read = new Map<string, readonly number[]>();
  return (value) => {
    const known = read.get(value);
    if (known !== undefined) return known;
    const tensor = tensors.get(value);
    if (tensor === undefined || !isReadable(tensor, maxElements)) return undefined;
    const numbers = tensorNumbers(tensor);
    read.set(value, numbers);
    return numbers;
  };
}

function isReadable({ type, dims, storage }: Tensor, maxElements: number): boolean {
  const numeric = isFloat(type) || type.includes("int") || type === "bool";
  return numeric && storage.kind !== "external" && elementCount(dims) <= maxElements;
}
