import { modelOf, output } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import {
  type DataType,
  floatTensor,
  int64Tensor,
  readModel,
  type Tensor,
  tensorNumbers,
  tensorValues,
  writeModel,
} from "../src/index.ts";
import { elementCount } from "../src/internal.ts";
import { ModelProto, TensorProto } from "./onnx-proto.ts";
import { bytesField, intField, join } from "./wire.ts";

/** A tensor as it comes out of a file. */
function fromFile(encoded: Uint8Array): Tensor {
  const model = join([
    intField(1, 8),
    bytesField(7, join([bytesField(5, encoded), bytesField(12, bytesField(1, "y"))])),
  ]);
  const [tensor] = readModel(model).graph.initializers.values();
  if (tensor === undefined) throw new Error("the tensor is missing");
  return tensor;
}

const { DataType: codes } = TensorProto;

test.each([
  ["float32", codes.FLOAT, "floatData", [1.5, -2, 2 ** -149], [1.5, -2, 2 ** -149]],
  ["float64", codes.DOUBLE, "doubleData", [0.1, -1e300], [0.1, -1e300]],
  ["int32", codes.INT32, "int32Data", [-(2 ** 31), -1, 2 ** 31 - 1], [-(2 ** 31), -1, 2 ** 31 - 1]],
  ["int16", codes.INT16, "int32Data", [-32768, 5], [-32768, 5]],
  ["uint16", codes.UINT16, "int32Data", [65535, 5], [65535, 5]],
  ["int8", codes.INT8, "int32Data", [-128, -1, 127], [-128, -1, 127]],
  ["uint8", codes.UINT8, "int32Data", [0, 255], [0, 255]],
  ["bool", codes.BOOL, "int32Data", [1, 0, 1], [1, 0, 1]],
  ["int64", codes.INT64, "int64Data", [-3, 2 ** 40], [-3, 2 ** 40]],
  ["uint64", codes.UINT64, "uint64Data", [7, 2 ** 52], [7, 2 ** 52]],
  ["uint32", codes.UINT32, "uint64Data", [7, 2 ** 32 - 1], [7, 2 ** 32 - 1]],
  ["float16", codes.FLOAT16, "int32Data", [0x3c00, 0xc100, 0x0001, 0x7c00], [1, -2.5, 2 ** -24, Infinity]],
  ["bfloat16", codes.BFLOAT16, "int32Data", [0x3f80, 0xc020, 0xff80], [1, -2.5, -Infinity]],
] as const)(
  "%s values in typed fields are read, and kept when the tensor gets another name",
  (type, code, field, stored, wanted) => {
    const encoded = TensorProto.encode({
      name: "w",
      dims: [stored.length],
      dataType: code,
      [field]: [...stored],
    }).finish();
    const tensor = fromFile(encoded);
    expect(tensor).toMatchObject({ name: "w", type, dims: [stored.length], storage: { kind: "fields" } });
    expect(tensorNumbers(tensor)).toEqual([...wanted]);

    const renamed = modelOf({
      nodes: [],
      inputs: [],
      outputs: [output("y")],
      initializers: [{ ...tensor, name: "other", dims: [1, stored.length] }],
    });
    const [again] = ModelProto.decode(writeModel(renamed)).graph?.initializer ?? [];
    expect(again).toMatchObject({ name: "other", dataType: code });
    expect(again?.dims?.map(Number)).toEqual([1, stored.length]);
    const [read] = readModel(writeModel(renamed)).graph.initializers.values();
    expect(read && tensorNumbers(read)).toEqual([...wanted]);
  },
);

const raw: readonly (readonly [DataType, number, number, Uint8Array, readonly number[]])[] = [
  ["float32", 1, 2, new Uint8Array(Float32Array.of(1.5, -2).buffer), [1.5, -2]],
  ["float64", 11, 2, new Uint8Array(Float64Array.of(0.1, -2).buffer), [0.1, -2]],
  ["int8", 3, 3, Uint8Array.of(0x80, 0xff, 1), [-128, -1, 1]],
  ["uint8", 2, 3, Uint8Array.of(0x80, 0xff, 1), [128, 255, 1]],
  ["bool", 9, 3, Uint8Array.of(1, 0, 1), [1, 0, 1]],
  ["int16", 5, 2, new Uint8Array(Int16Array.of(-300, 4).buffer), [-300, 4]],
  ["uint16", 4, 2, new Uint8Array(Uint16Array.of(65000, 4).buffer), [65000, 4]],
  ["int32", 6, 2, new Uint8Array(Int32Array.of(-70000, 4).buffer), [-70000, 4]],
  ["uint32", 12, 2, new Uint8Array(Uint32Array.of(4e9, 4).buffer), [4e9, 4]],
  ["int64", 7, 2, new Uint8Array(BigInt64Array.of(-5n, 2n ** 40n).buffer), [-5, 2 ** 40]],
  ["uint64", 13, 2, new Uint8Array(BigUint64Array.of(5n, 2n ** 50n).buffer), [5, 2 ** 50]],
  ["float16", 10, 3, new Uint8Array(Uint16Array.of(0x3c00, 0xfc00, 0x8000).buffer), [1, -Infinity, -0]],
  ["bfloat16", 16, 1, new Uint8Array(Uint16Array.of(0x4049).buffer), [3.140625]],
];

test.each(raw)("raw %s values are read wherever they lie in the file", (type, code, count, bytes, wanted) => {
  // Names of different lengths shift the data over all alignments.
  const offsets = new Set<number>();
  for (let shift = 1; shift <= 8; shift += 1) {
    const name = "n".repeat(shift);
    const tensor = fromFile(
      join([intField(1, count), intField(2, code), bytesField(8, name), bytesField(9, bytes)]),
    );
    if (tensor.storage.kind !== "raw") throw new Error("the values are not raw");
    offsets.add(tensor.storage.bytes.byteOffset % 8);
    expect(tensor.type).toBe(type);
    expect(tensorNumbers(tensor)).toEqual(wanted);
  }
  expect(offsets.size).toBe(8);
});

test("not a number, in both half precisions", () => {
  const half = (type: DataType, bits: number): Tensor => ({
    name: "w",
    type,
    dims: [],
    storage: { kind: "raw", bytes: new Uint8Array(Uint16Array.of(bits).buffer) },
  });
  expect(tensorNumbers(half("float16", 0x7e00))).toEqual([Number.NaN]);
  expect(tensorNumbers(half("bfloat16", 0x7fc0))).toEqual([Number.NaN]);
});

test("int64 at its ends", () => {
  const ends = [2n ** 63n - 1n, -(2n ** 63n), 0n, -1n];
  const raw = bytesField(9, new Uint8Array(BigInt64Array.from(ends).buffer));
  expect([
    ...tensorValues(fromFile(join([intField(1, 4), intField(2, 7), bytesField(8, "w"), raw]))),
  ]).toEqual(ends);
  expect([...tensorValues(int64Tensor("w", [4], ends))]).toEqual(ends);
});

test("values that are not packed, as old writers left them, are read", () => {
  const tensor = fromFile(
    join([
      intField(1, 3),
      intField(2, 7),
      bytesField(8, "w"),
      intField(7, 1n),
      intField(7, -2n),
      intField(7, 3n),
    ]),
  );
  expect(tensorNumbers(tensor)).toEqual([1, -2, 3]);
});

test("the values are a copy: writing to them leaves the file's bytes alone", () => {
  const tensor = floatTensor("w", [2], [1, 2]);
  const values = tensorValues(tensor);
  values[0] = 9;
  expect(tensorNumbers(tensor)).toEqual([1, 2]);
});

test("scalars and empty tensors", () => {
  expect(tensorNumbers(floatTensor("s", [], [4]))).toEqual([4]);
  expect(tensorNumbers(floatTensor("e", [0, 3], []))).toEqual([]);
  expect(elementCount([2, 0, 5])).toBe(0);
  const encoded = TensorProto.encode({ name: "e", dims: [0], dataType: codes.INT64 }).finish();
  expect(tensorNumbers(fromFile(encoded))).toEqual([]);
});

test.each([
  ["raw", { kind: "raw", bytes: new Uint8Array(11) }],
  ["in fields", { kind: "fields", message: new Uint8Array() }],
] as const)("too few values (%s) are the file's damage, told with both sizes", (_, storage) => {
  const error = userErrorOf(() => tensorValues({ name: "w", type: "float32", dims: [3], storage }));
  expect(error.kind).toBe("model");
  expect(error.message).toMatch(/"w" \(float32, 3\) must hold 12 bytes and holds (11|0)/);
});

test("external values come from whoever is asked, and are checked", () => {
  const tensor: Tensor = {
    name: "w",
    type: "int16",
    dims: [2],
    storage: { kind: "external", location: "w.bin", offset: 8, length: 4 },
  };
  expect([...tensorValues(tensor, () => Uint8Array.of(1, 0, 2, 0))]).toEqual([1, 2]);
  expect(userErrorOf(() => tensorValues(tensor, () => new Uint8Array(3))).kind).toBe("model");
  expect(userErrorOf(() => tensorValues(tensor)).message).toContain('"w.bin"');
});

test.each(["string", "complex64", "complex128"] as const)("%s values are refused in a sentence", (type) => {
  const bytes = new Uint8Array(type === "string" ? 0 : type === "complex64" ? 8 : 16);
  const error = userErrorOf(() =>
    tensorValues({ name: "w", type, dims: [], storage: { kind: "raw", bytes } }),
  );
  expect(error.kind).toBe("unsupported");
  expect(error.message).toContain(type);
});
