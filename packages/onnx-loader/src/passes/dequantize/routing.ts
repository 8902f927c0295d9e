/**
 * ONNX's own operations on integers that represent floats. Those that only move or compare elements do the same to the
 * floats, for scales are positive; a constant that gets in among them, such as padding, means what it means under the
 * tensor's scale and zero point. Arithmetic is done on the integers' own numbers.
 */

import { intAttribute } from "../../attributes.ts";
import { dataTypeOf, isFloat } from "../../data-type.ts";
import type { Node } from "../../model.ts";
import { outputOf } from "../../node.ts";
import { type Dequantizer, numbersOf, type Quantized, real, unsupportedError } from "./values.ts";
import { operand } from "./weights.ts";

/** Operations on one tensor of integers that only move its elements. */
const moving = new Set([
  "DepthToSpace",
  "Dropout",
  "Expand",
  "Flatten",
  "Gather",
  "GlobalMaxPool",
  "Identity",
  "MaxPool",
  "ReduceMax",
  "Reshape",
  "Slice",
  "SpaceToDepth",
  "Split",
  "Squeeze",
  "Tile",
  "Transpose",
  "Unsqueeze",
]);

const arithmetic = new Set(["Add", "Mul", "Sub"]);

/** @throws UserError `unsupported` for an operation that means nothing to floats */
export function onIntegers(dequantizer: Dequantizer, node: Node): void {
  const { tape, quantized, floats } = dequantizer;
  const [input = "", ...rest] = node.inputs;
  const output = outputOf(node);
  const known = quantized.get(input);
  const { op } = node;
  if (op === "Cast") {
    if (isFloat(dataTypeOf(intAttribute(node, "to", 0)) ?? "int32")) {
      floats.set(output, real(dequantizer, input, undefined, undefined));
    } else if (known !== undefined) quantized.set(output, known);
  } else if (arithmetic.has(op)) {
    const dynamic = node.inputs.some((name) => quantized.get(name)?.dynamic);
    if (dynamic && op !== "Mul") for (const name of node.inputs) refuseConstant(dequantizer, node, name);
    const values = node.inputs.map((name) => operand(dequantizer, name, undefined, undefined, 0));
    quantized.set(output, { value: tape.emit(op, values), scale: undefined, zero: undefined, dynamic });
  } else if (op === "Concat") {
    concat(dequantizer, node);
  } else if (known === undefined || rest.some((name) => quantized.has(name))) {
    throw unsupportedError(node, "computes with quantized values");
  } else if (op === "ArgMax") {
    floats.set(output, tape.emit(op, [known.value], Object.fromEntries(node.attributes)));
  } else if (op === "Relu") {
    if (known.dynamic) throw unsupportedError(node, "clips values whose zero point depends on the picture");
    const zeros = known.zero === undefined ? [0] : numbersOf(dequantizer, known.zero);
    const value = zeros?.every((zero) => zero === 0)
      ? tape.emit("Relu", [known.value])
      : tape.emit("Clip", [known.value, constant(dequantizer, tape.ints([0], []), known)]);
    quantized.set(output, { ...known, value });
  } else if (op === "Pad") {
    const [pads = "", filling = "", ...axes] = rest;
    if (known.dynamic && !isZero(dequantizer, filling)) throw unsupportedError(node, dynamicConstant);
    const filled = constant(dequantizer, filling === "" ? tape.ints([0], []) : filling, known);
    const inputs = [known.value, pads, filled, ...axes];
    quantized.set(output, { ...known, value: tape.emit("Pad", inputs, Object.fromEntries(node.attributes)) });
  } else if (op === "Resize" || moving.has(op)) {
    if (node.outputs.slice(1).some((name) => name !== "") && op !== "Split") {
      throw unsupportedError(node, "has a second output");
    }
    const inputs = [known.value, ...rest];
    const values = tape.emitMany(op, inputs, node.outputs.length, Object.fromEntries(node.attributes));
    for (const [i, name] of node.outputs.entries()) {
      if (name !== "") quantized.set(name, { ...known, value: values[i] ?? "" });
    }
  } else throw unsupportedError(node, "computes with quantized values");
}

const dynamicConstant = "combines a constant with values whose scale depends on the picture";

function isZero(dequantizer: Dequantizer, name: string): boolean {
  return numbersOf(dequantizer, name)?.every((one) => one === 0) ?? false;
}

/** Zeros may be added, for DynamicQuantizeLinear's zero point is one here; so may what was computed with its scale. */
function refuseConstant(dequantizer: Dequantizer, node: Node, name: string): void {
  if (dequantizer.tensors.has(name) && !isZero(dequantizer, name))
    throw unsupportedError(node, dynamicConstant);
}

/** What a single constant integer means beside others. */
function constant(dequantizer: Dequantizer, name: string, { scale, zero }: Quantized): string {
  const { tape } = dequantizer;
  return tape.emit("Reshape", [operand(dequantizer, name, scale, zero, 0), tape.ints([], [0])]);
}

/** All under the scale and zero point of the first. */
function concat(dequantizer: Dequantizer, node: Node): void {
  const { tape, quantized } = dequantizer;
  const first = node.inputs.map((name) => quantized.get(name)).find((known) => known !== undefined);
  if (first?.dynamic) for (const name of node.inputs) refuseConstant(dequantizer, node, name);
  if (first === undefined) throw unsupportedError(node, "concatenates integers whose scale is unknown");
  const values = node.inputs.map((name) => operand(dequantizer, name, first.scale, first.zero, 0));
  const value = tape.emit("Concat", values, Object.fromEntries(node.attributes));
  quantized.set(outputOf(node), { ...first, value });
}
