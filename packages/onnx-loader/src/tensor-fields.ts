/** How many values the typed fields of a TensorProto hold, counted without decoding them. */
import { protobuf } from "./codec.ts";
import { byteSize, type DataType } from "./data-type.ts";
import { obtainAgain, UserError } from "./error.ts";
import type { Tensor } from "./model.ts";
import { elementCount } from "./tensor.ts";

/** Numbers of the fields in onnx.proto. */
const fields = {
  float_data: 4,
  int32_data: 5,
  string_data: 6,
  int64_data: 7,
  double_data: 10,
  uint64_data: 11,
};

type FieldName = keyof typeof fields;

function fieldOf(type: DataType): FieldName {
  switch (type) {
    case "float32":
    case "complex64":
      return "float_data";
    case "float64":
    case "complex128":
      return "double_data";
    case "int64":
      return "int64_data";
    case "uint64":
    case "uint32":
      return "uint64_data";
    case "string":
      return "string_data";
    default:
      return "int32_data";
  }
}

/** Entries of its field that a tensor of so many elements has: complex numbers take two, narrow types share one as a byte. */
function entriesFor(type: DataType, elements: number): number {
  if (type.startsWith("complex")) return 2 * elements;
  return type !== "string" && byteSize(type, 8) < 8 ? byteSize(type, elements) : elements;
}

/**
 * What follows takes memory by a tensor's dimensions, onnxruntime too.
 *
 * @param message the encoded TensorProto
 * @throws UserError `model` when the fields hold another number of values than the dimensions say
 */
export function checkFieldCount(tensor: Tensor, message: Uint8Array): void {
  const { name, type, dims } = tensor;
  const field = fieldOf(type);
  const [need, found] = [entriesFor(type, elementCount(dims)), countEntries(message, fields[field])];
  if (found === need) return;
  throw new UserError(
    "model",
    `The tensor "${name}" (${type}, ${dims.join(" x ")}) must hold ${need} values in ${field} and holds ${found}: the model file is damaged.`,
    { subject: { value: name }, remedies: [obtainAgain] },
  );
}

/** The wire type of packed values, and of strings. */
const packed = 2;

function countEntries(message: Uint8Array, wanted: number): number {
  const reader = protobuf.Reader.create(message);
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const wire = tag & 7;
    if (tag >>> 3 !== wanted) reader.skipType(wire);
    else if (wire === packed) count += packedEntries(reader.bytes(), wanted);
    else {
      reader.skipType(wire);
      count += 1;
    }
  }
  return count;
}

function packedEntries(bytes: Uint8Array, field: number): number {
  if (field === fields.string_data) return 1;
  if (field === fields.float_data) return bytes.length / 4;
  if (field === fields.double_data) return bytes.length / 8;
  // Of a varint only the last byte is below 128.
  let count = 0;
  for (const byte of bytes) if (byte < 128) count += 1;
  return count;
}
