/** Sparse initializers and sparse values of Constant nodes, encoded as files have them. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import {
  type DataType,
  int64Tensor,
  type Model,
  readModel,
  tensorNumbers,
  writeModel,
} from "../src/index.ts";
import { dataTypeCode, inlineFunctions } from "../src/internal.ts";
import { domain } from "./functions.ts";
import { difference, floats, run } from "./shared.ts";
import { bytesField, intField, join, packedInts } from "./wire.ts";

interface Parts {
  readonly dims: readonly (number | bigint)[];
  /** Their bytes, of the type. */
  readonly values: ArrayBufferView;
  readonly type?: DataType;
  readonly count?: number;
  readonly indices: readonly number[];
  readonly indexDims?: readonly number[];
}

function tensorProto(
  name: string,
  type: DataType,
  dims: readonly number[],
  data: ArrayBufferView,
): Uint8Array {
  return join([
    ...dims.map((dim) => intField(1, dim)),
    intField(2, dataTypeCode(type)),
    bytesField(8, name),
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

function sparseProto(name: string, { dims, values, type = "float32", ...rest }: Parts): Uint8Array {
  const { indices, indexDims = [indices.length], count = indexDims[0] ?? 0 } = rest;
  return join([
    bytesField(1, tensorProto(name, type, [count], values)),
    bytesField(2, tensorProto("", "int64", indexDims, BigInt64Array.from(indices, BigInt))),
    packedInts(3, dims.map(BigInt)),
  ]);
}

/** y = x + w with a sparse w, appended to the encoded graph: a field that occurs again is merged. */
function modelBytes(parts: Parts, dims: readonly number[] = [2, 3]): Uint8Array {
  const model = modelOf({
    nodes: [node("Add", ["x", "w"], ["y"])],
    inputs: [value("x", dims)],
    outputs: [output("y")],
  });
  return withGraphField(model, 15, sparseProto("w", parts));
}

function withGraphField(model: Model, field: number, content: Uint8Array): Uint8Array {
  const { graph } = model;
  return writeModel({ ...model, graph: { ...graph, carried: [bytesField(field, content)] } });
}

const readW = (bytes: Uint8Array) => {
  const tensor = readModel(bytes).graph.initializers.get("w");
  if (tensor === undefined) throw new Error("w is missing");
  return tensor;
};

const dense = [0, 0.5, 0, -2, 0, 7];
const values = Float32Array.of(0.5, -2, 7);

test.each<[string, Pick<Parts, "indices" | "indexDims">]>([
  ["in row-major order", { indices: [1, 3, 5] }],
  ["by axes", { indices: [0, 1, 1, 0, 1, 2], indexDims: [3, 2] }],
])("indices %s are read as onnxruntime reads them", async (_, form) => {
  const bytes = modelBytes({ dims: [2, 3], values, ...form });
  const tensor = readW(bytes);
  expect([tensor.type, tensor.dims, tensorNumbers(tensor)]).toEqual(["float32", [2, 3], dense]);
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(bytes, feeds)).y, (await run(readModel(bytes), feeds)).y)).toBe(0);
});

test.each<[DataType, ArrayBufferView, readonly number[]]>([
  ["int8", Int8Array.of(-1, 2), [0, -1, 2]],
  ["float16", Uint16Array.of(0x3c00, 0xc000), [0, 1, -2]],
  ["int64", BigInt64Array.of(-(2n ** 40n), 3n), [0, -(2 ** 40), 3]],
  ["float64", Float64Array.of(0.1, 1e300), [0, 0.1, 1e300]],
])("values of type %s", (type, some, expected) => {
  const tensor = readW(modelBytes({ dims: [3], values: some, type, indices: [1, 2] }));
  expect(tensorNumbers(tensor)).toEqual(expected);
});

test("a tensor of zeros alone has no values", () => {
  const tensor = readW(
    modelBytes({ dims: [2, 2], values: new Float32Array(), indices: [], indexDims: [0, 2] }),
  );
  expect(tensorNumbers(tensor)).toEqual([0, 0, 0, 0]);
});

/** A Constant node with a sparse value: the attribute sparse_tensor is field 22, of type 11. */
const constantProto = (parts: Parts) =>
  join([
    bytesField(2, "w"),
    bytesField(4, "Constant"),
    bytesField(
      5,
      join([bytesField(1, "sparse_value"), intField(20, 11), bytesField(22, sparseProto("", parts))]),
    ),
  ]);

test("the sparse value of a Constant is its value", async () => {
  const model = modelOf({
    nodes: [node("Add", ["x", "w"], ["y"])],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
  });
  const read = readModel(
    withGraphField(model, 1, constantProto({ dims: [2, 3], values, indices: [1, 3, 5] })),
  );
  const attribute = read.graph.nodes.find(({ op }) => op === "Constant")?.attributes.get("value");
  expect(attribute?.kind === "tensor" && tensorNumbers(attribute.value)).toEqual(dense);
  const x = new ort.Tensor("float32", [1, 1, 1, 1, 1, 1], [2, 3]);
  expect(Array.from((await run(read, { x })).y?.data ?? [], Number)).toEqual(dense.map((one) => one + 1));
});

test("in the body of a function", () => {
  const body = join([
    bytesField(1, "f"),
    bytesField(4, "a"),
    bytesField(5, "w"),
    bytesField(7, constantProto({ dims: [2, 3], values, indices: [1, 3, 5] })),
    bytesField(9, join([bytesField(1, ""), intField(2, 17)])),
    bytesField(10, domain),
  ]);
  const model: Model = {
    ...modelOf({
      nodes: [{ ...node("f", ["x"], ["y"]), domain }],
      inputs: [value("x", [2, 3])],
      outputs: [output("y")],
    }),
    functions: [body],
  };
  const [constant] = inlineFunctions(model).model.graph.nodes;
  expect(constant?.attributes.get("value")?.kind).toBe("tensor");
});

test.each<[string, Parts, RegExp, string]>([
  [
    "a place beyond the end",
    { dims: [2, 3], values, indices: [1, 3, 6] },
    /at 6, beyond the 6 places/,
    "model",
  ],
  ["a negative place", { dims: [2, 3], values, indices: [-1, 3, 5] }, /at -1, beyond/, "model"],
  [
    "a place beyond an axis",
    { dims: [2, 3], values, indices: [0, 1, 1, 3, 1, 2], indexDims: [3, 2] },
    /at 3, beyond the 3 places/,
    "model",
  ],
  [
    "fewer indices than values",
    { dims: [2, 3], values, count: 3, indices: [1, 3] },
    /3 values and indices of 2/,
    "model",
  ],
  [
    "indices of another rank",
    { dims: [2, 3], values: Float32Array.of(1), indices: [0, 0, 0], indexDims: [1, 3] },
    /indices of 1 x 3/,
    "model",
  ],
  ["a negative size", { dims: [2, -3], values, indices: [1, 3, 5] }, /negative dimension/, "model"],
  [
    "gigabytes of zeros",
    { dims: [2 ** 15, 2 ** 15], values, indices: [1, 3, 5] },
    /too large/,
    "unsupported",
  ],
  [
    "more than all memory",
    { dims: [2n ** 40n, 2n ** 40n], values, indices: [1, 3, 5] },
    /too large/,
    "unsupported",
  ],
  [
    "strings",
    { dims: [2, 3], values: new Uint8Array(), type: "string", count: 0, indices: [] },
    /string/,
    "unsupported",
  ],
])("%s is a sentence", (_, parts, message, kind) => {
  const error = userErrorOf(() => readModel(modelBytes(parts)));
  expect(error.message).toMatch(message);
  expect(error.message).toContain("The ");
  expect(error.kind).toBe(kind);
});

test("many sparse tensors have one allowance", () => {
  const parts: Parts = { dims: [2 ** 22], values: Float32Array.of(1), indices: [5] };
  const fields = Array.from({ length: 20 }, (_, i) => bytesField(15, sparseProto(`w${i}`, parts)));
  const model = modelOf({
    nodes: [node("Neg", ["x"], ["y"])],
    inputs: [value("x", [1])],
    outputs: [output("y")],
  });
  const bytes = writeModel({ ...model, graph: { ...model.graph, carried: fields } });
  expect(userErrorOf(() => readModel(bytes)).message).toMatch(/too large/);
});

test("the numbers of a sparse tensor are known to passes", () => {
  const bytes = modelBytes({ dims: [2], values: BigInt64Array.of(4n), type: "int64", indices: [1] });
  expect(tensorNumbers(readW(bytes))).toEqual(tensorNumbers(int64Tensor("", [2], [0, 4])));
});
