import { Long, onnx, protobuf } from "./codec.ts";
import { byteSize, type DataType } from "./data-type.ts";
import { obtainAgain, UserError } from "./error.ts";
import type { Tensor } from "./model.ts";

export type TypedValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Fetches the bytes of external data; given by whoever may read files. */
export type ExternalData = (tensor: Tensor) => Uint8Array;

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * The values of a tensor, copied so that they are aligned; float16 and bfloat16 as their bit patterns in a
 * Uint16Array, bool as bytes, types narrower than a byte as packed bytes.
 *
 * @throws UserError `model` when the tensor holds fewer bytes than its shape says, holds strings, or is external
 * and no `external` is given.
 */
export function tensorValues(tensor: Tensor, external?: ExternalData): TypedValues {
  const { storage } = tensor;
  switch (storage.kind) {
    case "raw":
      return valuesFromBytes(tensor, storage.bytes);
    case "fields":
      return valuesFromFields(tensor, storage.message);
    case "external": {
      if (external === undefined) {
        throw new UserError(
          "model",
          `The values of the tensor "${tensor.name}" are in another file ("${storage.location}"), which was not given.`,
          { subject: { file: storage.location, value: tensor.name } },
        );
      }
      return valuesFromBytes(tensor, external(tensor));
    }
  }
}

/** The values of a small tensor as numbers; int64 beyond 2^53 is rounded, which keeps "to the end" large. */
export function tensorNumbers(tensor: Tensor): number[] {
  const values = tensorValues(tensor);
  if (tensor.type === "float16") return Array.from(values as Uint16Array, halfToNumber);
  if (tensor.type === "bfloat16") return Array.from(values as Uint16Array, bfloat16ToNumber);
  if (/^u?int[24]$/.test(tensor.type)) return unpack(tensor, values as Uint8Array);
  return Array.from(values as Iterable<number | bigint>, Number);
}

/** The texts of a tensor of strings, as UTF-8; undefined for tensors of numbers. */
export function tensorStrings(tensor: Tensor): string[] | undefined {
  if (tensor.type !== "string" || tensor.storage.kind !== "fields") return undefined;
  const decoder = new TextDecoder();
  return decodeFields(tensor, tensor.storage.message).stringData.map((bytes) => decoder.decode(bytes));
}

/** Integers of two or four bits, several to a byte, the first in its lowest bits. */
function unpack({ type, dims }: Tensor, bytes: Uint8Array): number[] {
  const bits = type.endsWith("2") ? 2 : 4;
  const [perByte, count] = [8 / bits, 2 ** bits];
  return Array.from({ length: elementCount(dims) }, (_, i) => {
    const number = ((bytes[Math.floor(i / perByte)] ?? 0) >> (bits * (i % perByte))) & (count - 1);
    return type.startsWith("int") && number >= count / 2 ? number - count : number;
  });
}

/** @throws UserError `model` when a tensor's bytes are not as many as its shape says */
export function checkByteCount(tensor: Tensor, found: number): void {
  // Of strings as bytes it is not known where one ends; onnxruntime refuses them.
  if (tensor.type === "string" && elementCount(tensor.dims) <= found) return;
  const need = byteSize(tensor.type, elementCount(tensor.dims));
  if (found !== need) {
    throw new UserError(
      "model",
      `The tensor "${tensor.name}" (${tensor.type}, ${tensor.dims.join(" x ")}) must hold ${need} bytes and holds ` +
        `${found}: the model file is damaged.`,
      { subject: { value: tensor.name }, remedies: [obtainAgain] },
    );
  }
}

function valuesFromBytes(tensor: Tensor, bytes: Uint8Array): TypedValues {
  checkByteCount(tensor, bytes.byteLength);
  return viewAs(tensor, new Uint8Array(bytes).buffer);
}

function viewAs(tensor: Tensor, buffer: ArrayBuffer): TypedValues {
  switch (tensor.type) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "uint16":
    case "float16":
    case "bfloat16":
      return new Uint16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    case "string":
    case "complex64":
    case "complex128":
      throw new UserError(
        "unsupported",
        `The tensor "${tensor.name}" holds ${tensor.type} values, which onnx-lrp cannot use.`,
        { subject: { value: tensor.name } },
      );
    default:
      return new Uint8Array(buffer);
  }
}

function valuesFromFields(tensor: Tensor, message: Uint8Array): TypedValues {
  const fields = decodeFields(tensor, message);
  return valuesFromBytes(tensor, fieldBytes(tensor.type, fields));
}

function decodeFields(tensor: Tensor, message: Uint8Array): onnx.TensorFieldsProto {
  try {
    return onnx.TensorFieldsProto.decode(protobuf.Reader.create(message));
  } catch (cause) {
    throw new UserError(
      "model",
      `The values of the tensor "${tensor.name}" cannot be decoded: the model file is damaged.`,
      { subject: { value: tensor.name }, remedies: [obtainAgain], cause },
    );
  }
}

/** ONNX keeps every type narrower than 64 bits, but float32, in int32_data (onnx.proto, TensorProto). */
function fieldBytes(type: DataType, fields: onnx.TensorFieldsProto): Uint8Array {
  switch (type) {
    case "float32":
    case "complex64":
      return bytesOf(Float32Array.from(fields.floatData));
    case "float64":
    case "complex128":
      return bytesOf(Float64Array.from(fields.doubleData));
    case "int64":
      return bytesOf(BigInt64Array.from(fields.int64Data, toBigInt));
    case "uint64":
      return bytesOf(BigUint64Array.from(fields.uint64Data, toBigInt));
    case "uint32":
      return bytesOf(Uint32Array.from(fields.uint64Data, Number));
    case "int32":
      return bytesOf(Int32Array.from(fields.int32Data));
    case "int16":
    case "uint16":
    case "float16":
    case "bfloat16":
      return bytesOf(Uint16Array.from(fields.int32Data));
    default:
      return Uint8Array.from(fields.int32Data);
  }
}

function toBigInt(value: Long | number): bigint {
  return typeof value === "number" ? BigInt(value) : BigInt(Long.fromValue(value).toString());
}

function bytesOf(
  array:
    | Float32Array
    | Float64Array
    | BigInt64Array
    | BigUint64Array
    | Int32Array
    | Uint32Array
    | Uint16Array,
): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A float32 tensor. @param values row-major, as many as `dims` says */
export function floatTensor(name: string, dims: readonly number[], values: Iterable<number>): Tensor {
  return { name, type: "float32", dims, storage: { kind: "raw", bytes: bytesOf(Float32Array.from(values)) } };
}

/** An int64 tensor. @param values row-major, as many as `dims` says */
export function int64Tensor(
  name: string,
  dims: readonly number[],
  values: Iterable<number | bigint>,
): Tensor {
  const array = BigInt64Array.from(values, (value: number | bigint) => BigInt(value));
  return { name, type: "int64", dims, storage: { kind: "raw", bytes: bytesOf(array) } };
}

export function int32Tensor(name: string, dims: readonly number[], values: Iterable<number>): Tensor {
  return { name, type: "int32", dims, storage: { kind: "raw", bytes: bytesOf(Int32Array.from(values)) } };
}

/** IEEE 754 binary16 to a number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloat16ToNumber(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? Number.NaN;
}
