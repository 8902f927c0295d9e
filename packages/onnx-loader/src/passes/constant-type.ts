/** The element type of a node's outputs, inferred from the types of its inputs: enough for what constants go through. */

import { intAttribute } from "../attributes.ts";
import { type DataType, dataTypeOf } from "../data-type.ts";
import { lookUp } from "../look-up.ts";
import type { Node } from "../model.ts";
import { inputOf } from "../node.ts";

const fixed: Readonly<Record<string, DataType>> = {
  And: "bool",
  ArgMax: "int64",
  ArgMin: "int64",
  Equal: "bool",
  Greater: "bool",
  GreaterOrEqual: "bool",
  IsInf: "bool",
  IsNaN: "bool",
  Less: "bool",
  LessOrEqual: "bool",
  NonZero: "int64",
  Not: "bool",
  Or: "bool",
  Shape: "int64",
  Size: "int64",
  Xor: "bool",
};

/** Operations whose outputs are of another input's type than the first's. */
const typeGiver: Readonly<Record<string, number>> = {
  CastLike: 1,
  DequantizeLinear: 1,
  OneHot: 2,
  QuantizeLinear: 2,
  Where: 1,
};

/**
 * @param output the index of the node's output
 * @returns undefined if the type is unknown
 */
export function constantType(
  node: Node,
  output: number,
  types: ReadonlyMap<string, DataType>,
): DataType | undefined {
  const { op } = node;
  if (op === "Constant" || op === "ConstantOfShape") return valueType(node);
  if (op === "Cast") return dataTypeOf(intAttribute(node, "to", 0));
  if (op === "If") return branchType(node, output, types);
  if (op === "TopK" && output === 1) return "int64";
  for (const key of ["dtype", "output_dtype"]) {
    const type = dataTypeOf(intAttribute(node, key, 0));
    if (type !== undefined) return type;
  }
  const known = lookUp(fixed, op);
  if (known !== undefined) return known;
  const giver = inputOf(node, lookUp(typeGiver, op) ?? 0);
  if (giver === "") return op === "QuantizeLinear" ? "uint8" : undefined;
  return types.get(giver);
}

function valueType(node: Node): DataType | undefined {
  for (const [key, attribute] of node.attributes) {
    if (attribute.kind === "tensor" && key === "value") return attribute.value.type;
    if (key.startsWith("value_float")) return "float32";
    if (key.startsWith("value_int")) return "int64";
  }
  return node.op === "ConstantOfShape" ? "float32" : undefined;
}

function branchType(node: Node, output: number, types: ReadonlyMap<string, DataType>): DataType | undefined {
  const branch = node.attributes.get("then_branch");
  if (branch?.kind !== "graph") return undefined;
  return types.get(branch.value.outputs[output]?.name ?? "");
}
