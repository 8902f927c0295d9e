import { expect, test } from "vitest";
import { readModel, writeModel } from "../src/index.ts";
import { ModelProto } from "./onnx-proto.ts";
import { testModels } from "./shared.ts";
import { bytesField, holds, intField, join } from "./wire.ts";

/** A file as an independent decoder understands it, encoded in one canonical way. */
function canonical(bytes: Uint8Array): Buffer {
  const proto = ModelProto.decode(bytes);
  // Initializers among the inputs are written after the other inputs.
  proto.graph?.input?.sort((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
  // What is empty may be written as "" or be left out.
  for (const field of ["producerName", "producerVersion"] as const) proto[field] ||= "";
  proto.opsetImport = proto.opsetImport.map(({ domain, version }) => ({ domain: domain ?? "", version }));
  return Buffer.from(ModelProto.encode(proto).finish());
}

testModels("is the same to an independent decoder after a round trip", (bytes) => {
  const written = writeModel(readModel(bytes));
  expect(canonical(written).equals(canonical(bytes))).toBe(true);
});

testModels("is byte-identical from the first writing on", (bytes) => {
  const once = writeModel(readModel(bytes));
  expect(Buffer.from(writeModel(readModel(once))).equals(once)).toBe(true);
});

// One of everything, with fields of numbers that ONNX has not given out.
const future = (mark: string) => bytesField(4000, mark);
const tensor = join([
  intField(1, 1),
  intField(2, 1),
  bytesField(8, "w"),
  bytesField(9, new Uint8Array(4)),
  bytesField(16, join([bytesField(1, "tensor-key"), bytesField(2, "tensor-value")])),
  future("new in tensors"),
]);
const attribute = join([
  bytesField(1, "alpha"),
  intField(20, 1),
  bytesField(13, "doc of alpha"),
  future("new in attributes"),
]);
const node = join([
  bytesField(1, "x"),
  bytesField(2, "y"),
  bytesField(4, "Elu"),
  bytesField(5, attribute),
  bytesField(6, "doc of the node"),
  bytesField(8, "an overload"),
  bytesField(9, join([bytesField(1, "node-key"), bytesField(2, "node-value")])),
  future("new in nodes"),
]);
const input = join([bytesField(1, "x"), bytesField(3, "doc of x"), future("new in values")]);
const output = join([bytesField(1, "y")]);
const graph = join([
  bytesField(1, node),
  bytesField(2, "the graph"),
  bytesField(5, tensor),
  bytesField(10, "doc of the graph"),
  bytesField(11, input),
  bytesField(12, output),
  bytesField(14, bytesField(1, "quantized")),
  future("new in graphs"),
]);
const training = bytesField(20, bytesField(2, bytesField(2, "algorithm")));
const aFunction = bytesField(25, bytesField(1, "a function"));
const device = bytesField(26, bytesField(1, "a device configuration"));
const model = join([
  intField(1, 13),
  bytesField(2, "maker"),
  bytesField(3, "3.1"),
  bytesField(4, "org.example"),
  intField(5, 7),
  bytesField(6, "doc of the model"),
  bytesField(7, graph),
  bytesField(8, intField(2, 17)),
  bytesField(8, join([bytesField(1, "com.example"), intField(2, 3)])),
  bytesField(14, join([bytesField(1, "key"), bytesField(2, "value")])),
  training,
  aFunction,
  device,
  future("new in models"),
]);

test.each([
  ["an unknown field of the model", future("new in models")],
  ["an unknown field of the graph", future("new in graphs")],
  ["an unknown field of a node", future("new in nodes")],
  ["an unknown field of a tensor", future("new in tensors")],
  ["an unknown field of an attribute", future("new in attributes")],
  ["an unknown field of a value", future("new in values")],
  ["a node with its metadata and overload", bytesField(1, node)],
  ["a tensor with its metadata", bytesField(5, tensor)],
  ["an input with its doc string", bytesField(11, input)],
  ["the graph's doc string", bytesField(10, "doc of the graph")],
  ["the graph's quantization annotation", bytesField(14, bytesField(1, "quantized"))],
  ["the model's domain", bytesField(4, "org.example")],
  ["the model's version", intField(5, 7)],
  ["the model's doc string", bytesField(6, "doc of the model")],
  ["the training information", training],
  ["a function", aFunction],
  ["the device configuration", device],
  ["a metadata entry", bytesField(14, join([bytesField(1, "key"), bytesField(2, "value")]))],
  ["another domain's opset", bytesField(8, join([bytesField(1, "com.example"), intField(2, 3)]))],
])("%s survives a round trip", (_, part) => {
  expect(holds(model, part)).toBe(true);
  expect(holds(writeModel(readModel(model)), part)).toBe(true);
});

test("a round trip adds and loses no byte", () => {
  const written = writeModel(readModel(model));
  expect(written.length).toBe(model.length);
  expect(Buffer.from(writeModel(readModel(written))).equals(written)).toBe(true);
});

test("what was read stands in the model", () => {
  const read = readModel(model);
  expect(read).toMatchObject({
    irVersion: 13,
    producer: "maker",
    producerVersion: "3.1",
    opsets: { "": 17, "com.example": 3 },
    metadata: { key: "value" },
  });
  expect(read.graph.nodes[0]).toMatchObject({ op: "Elu", overload: "an overload", domain: "", name: "" });
  expect(read.graph.inputs).toEqual([{ name: "x", type: undefined }]);
});

test("a node that a pass changed keeps what this package knows of it, and the rest of the file is untouched", () => {
  const read = readModel(model);
  const [first] = read.graph.nodes;
  if (first === undefined) throw new Error("the node is missing");
  const changed = { ...read, graph: { ...read.graph, nodes: [{ ...first, op: "Selu" }] } };
  const written = writeModel(changed);
  const decoded = ModelProto.decode(written);
  expect(decoded.graph?.node?.[0]).toMatchObject({ opType: "Selu", input: ["x"], output: ["y"] });
  expect(readModel(written).graph.nodes[0]?.overload).toBe("an overload");
  for (const part of [
    bytesField(5, tensor),
    bytesField(11, input),
    future("new in graphs"),
    future("new in attributes"),
  ])
    expect(holds(written, part)).toBe(true);
});

test("an input's denotation is read, and stays where the input's name changes", () => {
  const input = (name: string, denotation?: string) =>
    bytesField(
      11,
      join([
        bytesField(1, name),
        bytesField(
          2,
          join([
            bytesField(1, intField(1, 1)),
            ...(denotation === undefined ? [] : [bytesField(6, denotation)]),
          ]),
        ),
      ]),
    );
  const output = bytesField(12, bytesField(1, "y"));
  const graph = join([bytesField(2, "g"), input("photo", "IMAGE"), input("scale"), output]);
  const model = readModel(join([intField(1, 8), bytesField(7, graph)]));
  expect(model.graph.inputs.map(({ denotation }) => denotation)).toEqual(["IMAGE", undefined]);
  const inputs = model.graph.inputs.map((value) => ({ ...value, name: `${value.name}2` }));
  const again = readModel(writeModel({ ...model, graph: { ...model.graph, inputs } }));
  expect(again.graph.inputs).toMatchObject([{ name: "photo2", denotation: "IMAGE" }, { name: "scale2" }]);
});
