/**
 * The quantizers themselves. QuantizeLinear leaves a saturation, DequantizeLinear nothing: it reads the integers under
 * its own scale and zero point, which mostly are those that they were made with.
 *
 * DynamicQuantizeLinear takes scale and zero point from the picture, so that nothing saturates. The integers are taken to
 * be x itself, of scale 1 and zero point 0: layers are linear, and the scale is multiplied back in the end. A constant that is
 * added to such integers would mean something else in every picture, and is refused.
 */

import { int, intAttribute } from "../../attributes.ts";
import { dataTypeCode, dataTypeOf } from "../../data-type.ts";
import type { Node } from "../../model.ts";
import { inputOf, outputOf } from "../../node.ts";
import { elementCount } from "../../tensor.ts";
import { saturate } from "./saturation.ts";
import { type Dequantizer, real, unsupportedError } from "./values.ts";
import { weight } from "./weights.ts";

export function quantizeLinear(dequantizer: Dequantizer, node: Node): void {
  const [input = "", scale = "", zero = ""] = node.inputs;
  const output = outputOf(node);
  const value = dequantizer.quantized.has(input) ? real(dequantizer, input, undefined, undefined) : input;
  const type = zero === "" ? dataTypeOf(intAttribute(node, "output_dtype", 0)) : undefined;
  dequantizer.quantized.set(output, saturate(dequantizer, node, value, { scale, zero, type }));
}

export function dequantizeLinear(dequantizer: Dequantizer, node: Node): void {
  const [input = "", scale = "", zero = ""] = node.inputs;
  const steps = dequantizer.tensors.get(scale);
  if (steps !== undefined && elementCount(steps.dims) !== 1) {
    throw unsupportedError(node, "dequantizes each channel of an activation with a separate scale");
  }
  dequantizer.floats.set(outputOf(node), real(dequantizer, input, scale, zero));
}

/** A weight. Left as it is where its shape is not known, for it is computed itself, and there are several scales. */
export function dequantizeWeight(dequantizer: Dequantizer, node: Node): boolean {
  const { tensors, tape } = dequantizer;
  const [input = "", scale = "", zero = ""] = node.inputs;
  const steps = tensors.get(scale);
  const single = steps !== undefined && elementCount(steps.dims) === 1;
  if (steps === undefined || !(single || tensors.has(input))) return false;
  const block = intAttribute(node, "block_size", 0);
  const value = weight(dequantizer, input, { scale, zero, axis: intAttribute(node, "axis", 1), block });
  const wanted = dataTypeOf(intAttribute(node, "output_dtype", 0)) ?? steps.type;
  dequantizer.floats.set(
    outputOf(node),
    wanted === "float32" ? value : tape.emit("Cast", [value], { to: int(dataTypeCode(wanted)) }),
  );
  return true;
}

export function dynamicQuantizeLinear(
  { tape, quantized, floats, tensors, count }: Dequantizer,
  node: Node,
): void {
  const input = inputOf(node, 0);
  const [output = "", scale = "", zero = ""] = node.outputs;
  count.activations += 1;
  quantized.set(output, { value: input, scale: undefined, zero: undefined, dynamic: true });
  const one = tape.scalar(1);
  floats.set(scale, one);
  const none = tape.fresh("dequantized/zero");
  const tensor = {
    name: none,
    type: "uint8",
    dims: [],
    storage: { kind: "raw", bytes: Uint8Array.of(0) },
  } as const;
  tape.initializers.set(none, tensor);
  tensors.set(none, tensor);
  const ones = tape.initializers.get(one);
  if (ones !== undefined) tensors.set(one, ones);
  floats.set(zero, none);
}
