/**
 * Layers on integers. With x = s (q - z) for both factors,
 *
 *     QLinearConv, QLinearMatMul, QGemm:  y = x * w + bias, bias = (s_x s_w) b, saturated to y's range
 *     ConvInteger, MatMulInteger:         (q_x - z_x) * (q_w - z_w), whose scale is that of x times that of w
 *
 * and what those of ONNX's own integers give is read on with the scale of x alone, for that of the weight is 1.
 */

import { floatAttribute, intAttribute, ints } from "../../attributes.ts";
import type { Attribute, Node } from "../../model.ts";
import { outputOf } from "../../node.ts";
import { saturate } from "./saturation.ts";
import {
  asFloat,
  type Dequantizer,
  isSignal,
  type Quantized,
  real,
  shifted,
  toFloat,
  unsupportedError,
} from "./values.ts";
import { operand, weight } from "./weights.ts";

const convolving = ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];

function picked(node: Node, names: readonly string[]): Record<string, Attribute> {
  return Object.fromEntries([...node.attributes].filter(([name]) => names.includes(name)));
}

/** The rank of a weight; layers on pictures otherwise. */
function rankOf({ tensors }: Dequantizer, name: string): number {
  return tensors.get(name)?.dims.length ?? 4;
}

/** Runs what takes channels first where the node has them last. @param rank of the node's input */
export function channelsFirst(
  { tape }: Dequantizer,
  node: Node,
  input: string,
  rank: number,
  action: (input: string) => string,
): string {
  if (intAttribute(node, "channels_last", 0) !== 1) return action(input);
  const space = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  const first = tape.emit("Transpose", [input], { perm: ints([0, rank - 1, ...space]) });
  return tape.emit("Transpose", [action(first)], { perm: ints([0, ...space.map((axis) => axis + 1), 1]) });
}

function bias(dequantizer: Dequantizer, name: string, ...scales: readonly string[]): string[] {
  if (name === "") return [];
  const { tape } = dequantizer;
  const [first = tape.scalar(1), ...rest] = scales.map((scale) => asFloat(dequantizer, scale, 1));
  const step = rest.reduce((product, scale) => tape.emit("Mul", [product, scale]), first);
  return [tape.emit("Mul", [toFloat(tape, name), step])];
}

export function qLinearConv(dequantizer: Dequantizer, node: Node): void {
  const { tape, quantized } = dequantizer;
  const [x = "", xs = "", xz = "", w = "", ws = "", wz = "", scale = "", zero = "", b = ""] = node.inputs;
  const input = operand(dequantizer, x, xs, xz, 1);
  const kernel = operand(dequantizer, w, ws, wz, 0);
  const offsets = bias(dequantizer, b, xs, ws);
  const value = channelsFirst(dequantizer, node, input, rankOf(dequantizer, w), (first) =>
    tape.emit("Conv", [first, kernel, ...offsets], picked(node, convolving)),
  );
  quantized.set(outputOf(node), saturate(dequantizer, node, value, { scale, zero }));
}

export function qLinearMatMul(dequantizer: Dequantizer, node: Node): void {
  const { tape, quantized } = dequantizer;
  const [a = "", as = "", az = "", b = "", bs = "", bz = "", scale = "", zero = ""] = node.inputs;
  const value = tape.emit("MatMul", [
    operand(dequantizer, a, as, az, -2),
    operand(dequantizer, b, bs, bz, -1),
  ]);
  quantized.set(outputOf(node), saturate(dequantizer, node, value, { scale, zero }));
}

export function qGemm(dequantizer: Dequantizer, node: Node): void {
  const { tape, quantized, floats } = dequantizer;
  const [a = "", as = "", az = "", b = "", bs = "", bz = "", c = "", scale = "", zero = ""] = node.inputs;
  const columns = intAttribute(node, "transB", 0) === 1 ? 0 : 1;
  const alpha = tape.scalar(floatAttribute(node, "alpha", 1));
  const value = tape.emit(
    "Gemm",
    [
      operand(dequantizer, a, as, az, intAttribute(node, "transA", 0) === 1 ? 1 : 0),
      operand(dequantizer, b, bs, bz, columns),
      ...bias(dequantizer, c, alpha, as, bs),
    ],
    picked(node, ["alpha", "transA", "transB"]),
  );
  const output = outputOf(node);
  if (scale === "") floats.set(output, value);
  else quantized.set(output, saturate(dequantizer, node, value, { scale, zero }));
}

/** q - zero of either factor, with the scale that is still to be taken out. */
function factor(dequantizer: Dequantizer, name: string, zero: string, axis: number): Omit<Quantized, "zero"> {
  if (isSignal(dequantizer, name)) return shifted(dequantizer, name, zero);
  return {
    value: weight(dequantizer, name, { scale: undefined, zero, axis }),
    scale: undefined,
    dynamic: false,
  };
}

function integerProduct(
  dequantizer: Dequantizer,
  node: Node,
  op: "Conv" | "MatMul",
  axes: readonly [number, number],
): void {
  const { tape, quantized } = dequantizer;
  const [a = "", b = "", az = "", bz = ""] = node.inputs;
  const left = factor(dequantizer, a, az, axes[0]);
  const right = factor(dequantizer, b, bz, axes[1]);
  const value = tape.emit(op, [left.value, right.value], picked(node, convolving));
  const scale =
    left.scale !== undefined && right.scale !== undefined
      ? tape.emit("Mul", [asFloat(dequantizer, left.scale, 1), asFloat(dequantizer, right.scale, 1)])
      : (left.scale ?? right.scale);
  quantized.set(outputOf(node), {
    value,
    scale,
    zero: undefined,
    dynamic: left.dynamic || right.dynamic,
  });
}

export function convInteger(dequantizer: Dequantizer, node: Node): void {
  integerProduct(dequantizer, node, "Conv", [1, 0]);
}

export function matMulInteger(dequantizer: Dequantizer, node: Node): void {
  integerProduct(dequantizer, node, "MatMul", [-2, -1]);
}

/** com.microsoft: MatMulInteger, Cast, Mul by both scales and Add in one. */
export function matMulIntegerToFloat(dequantizer: Dequantizer, node: Node): void {
  const [a = "", b = "", as = "", bs = "", az = "", bz = "", added = ""] = node.inputs;
  const factors = [operand(dequantizer, a, as, az, -2), operand(dequantizer, b, bs, bz, -1)];
  addedTo(dequantizer, node, factors, added);
}

/** com.microsoft: DynamicQuantizeLinear and MatMulIntegerToFloat in one. */
export function dynamicQuantizeMatMul(dequantizer: Dequantizer, node: Node): void {
  const [a = "", b = "", bs = "", bz = "", added = ""] = node.inputs;
  if (isSignal(dequantizer, b)) throw unsupportedError(node, "multiplies two activations");
  dequantizer.count.activations += 1;
  const input = dequantizer.quantized.has(a) ? real(dequantizer, a, undefined, undefined) : a;
  addedTo(dequantizer, node, [input, weight(dequantizer, b, { scale: bs, zero: bz, axis: -1 })], added);
}

function addedTo({ tape, floats }: Dequantizer, node: Node, factors: readonly string[], added: string): void {
  const product = tape.emit("MatMul", factors);
  floats.set(outputOf(node), added === "" ? product : tape.emit("Add", [product, added]));
}
