import { type DataType, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import type { Tensor } from "onnxruntime-common";
import type { Runtime } from "./runtime.ts";

/**
 * Pictures as a tensor of the type that a network's input has. Whole-number types take the nearest number.
 *
 * @param data float32, row-major, of the shape `dims`
 * @throws UserError `unsupported` for a type that pictures do not come in, `input` for numbers beyond its range
 */
export function pictureTensor(
  { Tensor: make }: Runtime,
  type: DataType,
  data: Float32Array,
  dims: readonly number[],
): Tensor {
  switch (type) {
    case "float32":
      return new make("float32", data, dims);
    case "uint8":
      return new make("uint8", Uint8Array.from(whole(data, 0, 255)), dims);
    case "int8":
      return new make("int8", Int8Array.from(whole(data, -128, 127)), dims);
    case "uint16":
      return new make("uint16", Uint16Array.from(whole(data, 0, 65_535)), dims);
    case "int16":
      return new make("int16", Int16Array.from(whole(data, -32_768, 32_767)), dims);
    case "int32":
      return new make("int32", Int32Array.from(whole(data, -(2 ** 31), 2 ** 31 - 1)), dims);
    case "int64":
      return new make("int64", BigInt64Array.from(whole(data, -(2 ** 53), 2 ** 53), BigInt), dims);
    default:
      throw new UserError(
        "unsupported",
        `The network takes pictures as ${type}, which onnx-lrp does not support.`,
      );
  }
}

/** The nearest integer of each; ties go to the even one. */
function whole(data: Float32Array, low: number, high: number): Float64Array {
  const beyond = data.find((value) => !(value > low - 0.5 && value < high + 0.5));
  if (beyond !== undefined) {
    throw new UserError(
      "input",
      `The network takes integers from ${low} to ${high} as pixels, as they are in a picture file; this picture has ${beyond}.`,
      { remedies: [textRemedy("leave normalization to the network")] },
    );
  }
  return Float64Array.from(data, (value) => {
    const below = Math.floor(value);
    const odd = value - below === 0.5 && below % 2 !== 0;
    const nearest = value - below > 0.5 || odd ? below + 1 : below;
    return Math.min(Math.max(nearest, low), high);
  });
}
