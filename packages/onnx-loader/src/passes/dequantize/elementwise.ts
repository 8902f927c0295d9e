/** com.microsoft's operations on quantized values, but layers: the float operation, saturated to the output's range. */

import { floatAttribute, int, intAttribute, ints, intsAttribute } from "../../attributes.ts";
import type { Attribute, Node } from "../../model.ts";
import { inputOf, outputOf } from "../../node.ts";
import { channelsFirst } from "./products.ts";
import { saturate } from "./saturation.ts";
import { type Dequantizer, unsupportedError } from "./values.ts";
import { operand } from "./weights.ts";

type Action = (dequantizer: Dequantizer, node: Node, ...values: string[]) => string;
export type Rewrite = (dequantizer: Dequantizer, node: Node) => void;

/** @param count how many quantized inputs (value, scale, zero point) there are, before the output's scale and zero point */
function quantizedOp(count: number, action: Action): Rewrite {
  return (dequantizer, node) => {
    const at = (i: number): string => inputOf(node, i);
    const values = Array.from({ length: count }, (_, i) =>
      operand(dequantizer, at(3 * i), at(3 * i + 1), at(3 * i + 2), 0),
    );
    const value = action(dequantizer, node, ...values);
    finish(dequantizer, node, value, at(3 * count), at(3 * count + 1));
  };
}

function finish(dequantizer: Dequantizer, node: Node, value: string, scale: string, zero: string): void {
  const { tape, madeBy } = dequantizer;
  for (const { op, outputs } of tape.nodes) for (const output of outputs) madeBy.set(output, op);
  dequantizer.quantized.set(outputOf(node), saturate(dequantizer, node, value, { scale, zero }));
}

const plain =
  (op: string): Action =>
  ({ tape }, _, ...values) =>
    tape.emit(op, values);

const softmax: Action = ({ tape }, node, x = "") => {
  if (intAttribute(node, "opset", 13) >= 13) {
    return tape.emit("Softmax", [x], { axis: int(intAttribute(node, "axis", -1)) });
  }
  // Until opset 13 all axes from `axis` on were taken together.
  const flat = tape.emit("Flatten", [x], { axis: int(intAttribute(node, "axis", 1)) });
  return tape.emit("Reshape", [tape.emit("Softmax", [flat], { axis: int(-1) }), tape.emit("Shape", [x])]);
};

const averagePool: Action = (dequantizer, node, x = "") => {
  const names = ["auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"];
  const attributes = Object.fromEntries([...node.attributes].filter(([name]) => names.includes(name)));
  const rank = (intsAttribute(node, "kernel_shape")?.length ?? 2) + 2;
  return channelsFirst(dequantizer, node, x, rank, (first) =>
    dequantizer.tape.emit("AveragePool", [first], attributes),
  );
};

const globalAveragePool: Action = (dequantizer, node, x = "") => {
  // The rank is the file's word; a picture's otherwise.
  const rank = dequantizer.dims(inputOf(node, 0))?.length ?? 4;
  return channelsFirst(dequantizer, node, x, rank, (first) =>
    dequantizer.tape.emit("GlobalAveragePool", [first]),
  );
};

const reduceMean: Action = ({ tape, opset }, node, x = "") => {
  const axes = intsAttribute(node, "axes");
  const keepdims = int(intAttribute(node, "keepdims", 1));
  if (opset >= 18) {
    return tape.emit("ReduceMean", axes === undefined ? [x] : [x, tape.ints(axes)], { keepdims });
  }
  const attributes: Record<string, Attribute> =
    axes === undefined ? { keepdims } : { keepdims, axes: ints(axes) };
  return tape.emit("ReduceMean", [x], attributes);
};

/** The inputs: scale and zero point of the output, then value, scale and zero point of each. */
const concat: Rewrite = (dequantizer, node) => {
  const [scale = "", zero = "", ...rest] = node.inputs;
  const values = Array.from({ length: rest.length / 3 }, (_, i) =>
    operand(dequantizer, rest[3 * i] ?? "", rest[3 * i + 1], rest[3 * i + 2], 0),
  );
  const axis = int(intAttribute(node, "axis", 0));
  finish(dequantizer, node, dequantizer.tape.emit("Concat", values, { axis }), scale, zero);
};

const where: Rewrite = (dequantizer, node) => {
  const [condition = "", x = "", xs = "", xz = "", y = "", ys = "", yz = "", scale = "", zero = ""] =
    node.inputs;
  const values = [operand(dequantizer, x, xs, xz, 0), operand(dequantizer, y, ys, yz, 0)];
  finish(dequantizer, node, dequantizer.tape.emit("Where", [condition, ...values]), scale, zero);
};

/** A MaxPool on integers whose channels come last; scale and zero point stay. */
const nhwcMaxPool: Rewrite = (dequantizer, node) => {
  const input = inputOf(node, 0);
  const known = dequantizer.quantized.get(input);
  if (known === undefined) throw unsupportedError(node, "is applied to the integers of the picture itself");
  const last: Node = { ...node, attributes: new Map(node.attributes).set("channels_last", int(1)) };
  const rank = (intsAttribute(node, "kernel_shape")?.length ?? 2) + 2;
  const value = channelsFirst(dequantizer, last, known.value, rank, (first) =>
    dequantizer.tape.emit("MaxPool", [first], Object.fromEntries(node.attributes)),
  );
  dequantizer.quantized.set(outputOf(node), { ...known, value });
};

export const elementwise: Readonly<Record<string, Rewrite>> = {
  NhwcMaxPool: nhwcMaxPool,
  QLinearAdd: quantizedOp(2, plain("Add")),
  QLinearAveragePool: quantizedOp(1, averagePool),
  QLinearConcat: concat,
  QLinearGlobalAveragePool: quantizedOp(1, globalAveragePool),
  QLinearLeakyRelu: quantizedOp(1, ({ tape }, node, x = "") =>
    tape.emit("LeakyRelu", [x], { alpha: { kind: "float", value: floatAttribute(node, "alpha", 0.01) } }),
  ),
  QLinearMul: quantizedOp(2, plain("Mul")),
  QLinearReduceMean: quantizedOp(1, reduceMean),
  QLinearSigmoid: quantizedOp(1, plain("Sigmoid")),
  QLinearSoftmax: quantizedOp(1, softmax),
  QLinearWhere: where,
};
