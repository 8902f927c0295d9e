/** Re-initializes a tensor of weights from a normal distribution. */
import type { Random } from "@onnx-lrp/core/internal";
import { type DataType, type Tensor, tensorNumbers, tensorValues } from "@onnx-lrp/onnx-loader";
import type { ExternalData } from "@onnx-lrp/onnx-loader/internal";

type Numbers = ArrayLike<number> & Iterable<number>;

/**
 * The tensor with values drawn from the normal distribution that has its own mean and standard deviation. Integer types
 * take the nearest integer in their range.
 *
 * @param external reads the values of tensors stored in another file
 */
export function redrawn(tensor: Tensor, random: Random, external?: ExternalData): Tensor {
  const { mean, deviation } = moments(numbersOf(tensor, external));
  const draw = () => mean + deviation * random.normal();
  return { ...tensor, storage: { kind: "raw", bytes: encode(tensor, draw) } };
}

function numbersOf(tensor: Tensor, external: ExternalData | undefined): Numbers {
  if (tensor.type === "float32" || tensor.type === "float64") {
    return tensorValues(tensor, external) as Float32Array | Float64Array;
  }
  const bytes = tensor.storage.kind === "external" ? external?.(tensor) : undefined;
  return tensorNumbers(bytes === undefined ? tensor : { ...tensor, storage: { kind: "raw", bytes } });
}

function moments(values: Numbers): { mean: number; deviation: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / Math.max(values.length, 1);
  let square = 0;
  for (const value of values) square += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(square / Math.max(values.length, 1)) };
}

function encode({ type, dims }: Tensor, draw: () => number): Uint8Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = arrayFor(type, count);
  for (let i = 0; i < count; i += 1) values.array[i] = values.from(draw());
  const { buffer, byteLength } = values.array;
  return new Uint8Array(buffer, 0, byteLength);
}

function arrayFor(type: DataType, count: number) {
  const whole = (low: number, high: number) => (value: number) =>
    Math.min(Math.max(Math.round(value), low), high);
  const same = (value: number) => value;
  switch (type) {
    case "float64":
      return { array: new Float64Array(count), from: same };
    case "float16":
      return { array: new Uint16Array(count), from: halfBits };
    case "bfloat16":
      return { array: new Uint16Array(count), from: bfloat16Bits };
    case "int8":
      return { array: new Int8Array(count), from: whole(-128, 127) };
    case "uint8":
      return { array: new Uint8Array(count), from: whole(0, 255) };
    case "int32":
      return { array: new Int32Array(count), from: whole(-(2 ** 31), 2 ** 31 - 1) };
    default:
      return { array: new Float32Array(count), from: same };
  }
}

/** The nearest IEEE 754 binary16; ties go away from zero. Beyond its range the largest finite one. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.min(Math.abs(value), 65_504);
  // Below 2^-14 numbers are multiples of 2^-24, above they have 10 bits after the first.
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const units = Math.round(size / 2 ** (exponent - 10));
  // Bits count on: a fraction that rounds up to 2^10 is the next exponent's first.
  return sign | (units + (exponent + 14) * 1024);
}

function bfloat16Bits(value: number): number {
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer);
  return Math.min((bits + 0x8000) >>> 16, 0xffff);
}
