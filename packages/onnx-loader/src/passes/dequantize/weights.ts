/**
 * The float values of weights that are kept as integers: s (q - z), where s and z are one for all, one for each index of an
 * axis, or one for each block along it. Nodes compute them, which onnxruntime folds when it loads the network (a
 * DequantizeLinear it would not); the integers stay in the file as they are.
 */
import type { Tensor } from "../../model.ts";
import { elementCount, tensorNumbers } from "../../tensor.ts";
import { asFloat, type Dequantizer, isSignal, numbersOf, real, toFloat } from "./values.ts";

/** The float value of integers, be they weights or not. @param axis along which a weight's scales lie, from either end */
export function operand(
  dequantizer: Dequantizer,
  name: string,
  scale: string | undefined,
  zero: string | undefined,
  axis: number,
): string {
  return isSignal(dequantizer, name)
    ? real(dequantizer, name, scale, zero)
    : weight(dequantizer, name, { scale, zero, axis });
}

export interface Weight {
  readonly scale: string | undefined;
  readonly zero: string | undefined;
  readonly axis: number;
  /** Elements along the axis that share a scale; 0 if there is one scale per element of the axis, or one for all. */
  readonly block?: number;
}

/** A constant tensor of integers as floats, computed by nodes that onnxruntime folds. */
export function weight(dequantizer: Dequantizer, name: string, how: Weight): string {
  const { tape, tensors, count } = dequantizer;
  const tensor = tensors.get(name);
  count.weights += 1;
  const spread = (parameter: string, type: string): string =>
    tensor === undefined ? parameter : spreadOver(dequantizer, parameter, type, tensor, how);
  const zeros = how.zero ? numbersOf(dequantizer, how.zero) : [0];
  const numbers = toFloat(tape, plainBytes(dequantizer, name));
  const centred = zeros?.every((zero) => zero === 0)
    ? numbers
    : tape.emit("Sub", [
        numbers,
        spread(toFloat(tape, plainBytes(dequantizer, how.zero ?? "")), how.zero ?? ""),
      ]);
  if (!how.scale) return centred;
  return tape.emit("Mul", [centred, spread(asFloat(dequantizer, how.scale, 1), how.scale)]);
}

/** Integers of four bits as bytes, which older opsets can cast; others as they are. */
function plainBytes({ tape, tensors }: Dequantizer, name: string): string {
  const tensor = tensors.get(name);
  if (tensor?.type !== "int4" && tensor?.type !== "uint4") return name;
  // Those in a file beside the model stay there, and are of an opset that can cast them.
  if (tensor.storage.kind === "external") return name;
  const bytes = new Uint8Array(Int8Array.from(tensorNumbers(tensor)).buffer);
  const wide = tape.fresh(`${name}/int8`);
  tape.initializers.set(wide, {
    name: wide,
    type: "int8",
    dims: tensor.dims,
    storage: { kind: "raw", bytes },
  });
  return wide;
}

/** A weight's scales or zero points in a shape that meets the weight's; `name` is what they were called in the file. */
function spreadOver(
  { tape, tensors }: Dequantizer,
  parameter: string,
  name: string,
  { dims }: Tensor,
  { axis: given, block = 0 }: Weight,
): string {
  const own = tensors.get(name)?.dims;
  if (own === undefined || elementCount(own) === 1) return parameter;
  const axis = given < 0 ? given + dims.length : given;
  if (block === 0) {
    return tape.emit("Reshape", [parameter, tape.ints(dims.map((_, i) => (i === axis ? -1 : 1)))]);
  }
  // [.., blocks, ..] becomes [.., blocks, 1, ..], [.., blocks, block, ..], [.., blocks x block, ..], cut to the weight.
  const apart = tape.emit("Unsqueeze", [parameter, tape.ints([axis + 1])]);
  const repeats = [...own.map(() => 1), 1].map((one, i) => (i === axis + 1 ? block : one));
  const copies = tape.emit("Tile", [apart, tape.ints(repeats)]);
  const joined = own.map((size, i) => (i === axis ? size * block : size));
  const whole = tape.emit("Reshape", [copies, tape.ints(joined)]);
  return tape.emit("Slice", [whole, tape.ints([0]), tape.ints([dims[axis] ?? 0]), tape.ints([axis])]);
}
