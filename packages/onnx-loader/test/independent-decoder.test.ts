import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import type { onnx } from "onnx-proto";
import { expect, test } from "vitest";
import {
  type Attribute,
  floatValue as float,
  intValue as int,
  intsValue as ints,
  type Model,
  readModel,
  stringValue as string,
  tensorValues,
  writeModel,
} from "../src/index.ts";
import { subgraphs } from "../src/internal.ts";
import { AttributeProto, ModelProto, TensorProto } from "./onnx-proto.ts";
import { testModels } from "./shared.ts";
import { bytesField, intField, join } from "./wire.ts";

const text = (bytes: Uint8Array | null | undefined) => new TextDecoder().decode(bytes ?? new Uint8Array());
const whole = (number: unknown) => BigInt(String(number ?? 0));

/** An attribute of the independent decoder in this package's words. */
function attributeOf(proto: onnx.IAttributeProto): { kind: string; value: unknown } | undefined {
  const { AttributeType } = AttributeProto;
  switch (proto.type) {
    case AttributeType.FLOAT:
      return { kind: "float", value: proto.f };
    case AttributeType.INT:
      return { kind: "int", value: whole(proto.i) };
    case AttributeType.STRING:
      return { kind: "string", value: text(proto.s) };
    case AttributeType.FLOATS:
      return { kind: "floats", value: proto.floats };
    case AttributeType.INTS:
      return { kind: "ints", value: proto.ints?.map(whole) };
    case AttributeType.STRINGS:
      return { kind: "strings", value: proto.strings?.map(text) };
    default:
      return undefined;
  }
}

function dimOf({ dimValue, dimParam, value: which }: onnx.TensorShapeProto.IDimension & { value?: string }) {
  if (which === "dimValue" || dimValue) return Number(String(dimValue));
  return dimParam ? dimParam : undefined;
}

function shapeOf(proto: onnx.IValueInfoProto) {
  return { name: proto.name, dims: proto.type?.tensorType?.shape?.dim?.map(dimOf) };
}

const ours = ({ name, type }: Model["graph"]["inputs"][number]) => ({ name, dims: type?.dims });

testModels("reads what an independent decoder reads", (bytes) => {
  const model = readModel(bytes);
  const proto = ModelProto.decode(bytes);
  const nodes = proto.graph?.node ?? [];
  expect(model.graph.nodes.length).toBe(nodes.length);
  for (const [i, expected] of nodes.entries()) {
    const found = model.graph.nodes[i];
    expect({ ...found, attributes: [...(found?.attributes.keys() ?? [])] }).toMatchObject({
      op: expected.opType,
      domain: expected.domain === "ai.onnx" ? "" : expected.domain,
      name: expected.name,
      inputs: expected.input,
      outputs: expected.output,
      attributes: expected.attribute?.map(({ name }) => name),
    });
    for (const attribute of expected.attribute ?? []) {
      const wanted = attributeOf(attribute);
      if (wanted !== undefined) expect(found?.attributes.get(attribute.name ?? "")).toEqual(wanted);
    }
  }
  const weights = proto.graph?.initializer ?? [];
  expect([...model.graph.initializers.keys()]).toEqual(weights.map(({ name }) => name));
  const given = new Set(model.graph.initializers.keys());
  const inputs = proto.graph?.input ?? [];
  expect(model.graph.inputs.map(ours)).toEqual(
    inputs.filter(({ name }) => !given.has(name ?? "")).map(shapeOf),
  );
  expect(model.graph.outputs.map(ours)).toEqual(proto.graph?.output?.map(shapeOf));
  expect([...model.graph.overridable]).toEqual(
    inputs.map(({ name }) => name ?? "").filter((name) => given.has(name)),
  );
  expect(model.metadata).toEqual(
    Object.fromEntries((proto.metadataProps ?? []).map(({ key, value }) => [key, value])),
  );
});

testModels("reads the weights that an independent decoder reads", (bytes) => {
  const model = readModel(bytes);
  let compared = 0;
  for (const proto of ModelProto.decode(bytes).graph?.initializer ?? []) {
    const tensor = model.graph.initializers.get(proto.name ?? "");
    if (tensor === undefined) throw new Error(`${proto.name} is missing`);
    expect(tensor.dims).toEqual(proto.dims?.map(Number));
    const values = tensorValues(tensor);
    if (proto.rawData?.length) {
      expect(Buffer.from(values.buffer, values.byteOffset, values.byteLength).equals(proto.rawData)).toBe(
        true,
      );
    } else {
      const typed = [proto.floatData, proto.int32Data, proto.int64Data, proto.doubleData, proto.uint64Data];
      const list = typed.find((some) => (some?.length ?? 0) > 0) ?? [];
      expect(Array.from<number | bigint, number>(values, Number)).toEqual(list.map(Number));
    }
    compared += 1;
  }
  expect(compared).toBe(model.graph.initializers.size);
});

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

test("integers at both ends of int64 are read from a file", () => {
  const attribute = (name: string, field: number, type: number, values: readonly bigint[]) =>
    bytesField(
      5,
      join([bytesField(1, name), ...values.map((one) => intField(field, one)), intField(20, type)]),
    );
  const bytes = join([
    intField(1, 8),
    bytesField(
      7,
      join([
        bytesField(
          1,
          join([
            bytesField(2, "y"),
            bytesField(4, "Op"),
            attribute("a", 3, 2, [most]),
            attribute("b", 3, 2, [least]),
            attribute("c", 8, 7, [least, -1n, 0n, most]),
          ]),
        ),
        bytesField(12, bytesField(1, "y")),
      ]),
    ),
  ]);
  const attributes = readModel(bytes).graph.nodes[0]?.attributes;
  expect(attributes?.get("a")).toEqual({ kind: "int", value: most });
  expect(attributes?.get("b")).toEqual({ kind: "int", value: least });
  expect(attributes?.get("c")).toEqual({ kind: "ints", value: [least, -1n, 0n, most] });
});

const inner = graphOf({
  nodes: [node("Identity", ["x"], ["z"])],
  inputs: [],
  outputs: [output("z")],
});

const every: Readonly<Record<string, Attribute>> = {
  most: int(most),
  least: int(least),
  list: ints([least, 0, most]),
  none: ints([]),
  half: float(0.5),
  minusZero: float(-0),
  numbers: { kind: "floats", value: [1.5, Number.NEGATIVE_INFINITY, 2 ** -149] },
  words: string("naïve ✓"),
  empty: string(""),
  several: { kind: "strings", value: ["a", "", "ü"] },
  branch: { kind: "graph", value: inner },
  tensor: {
    kind: "tensor",
    value: {
      name: "t",
      type: "int8",
      dims: [3],
      storage: { kind: "raw", bytes: Uint8Array.of(255, 0, 127) },
    },
  },
};

test("a node made in code is written as an independent decoder expects it", () => {
  const model = modelOf({
    nodes: [{ ...node("Op", ["x", "", "w"], ["y", ""], every, "made"), domain: "com.example" }],
    inputs: [value("x", ["N", 3, undefined])],
    outputs: [output("y")],
  });
  const [written] = ModelProto.decode(writeModel(model)).graph?.node ?? [];
  expect(written).toMatchObject({
    name: "made",
    opType: "Op",
    domain: "com.example",
    input: ["x", "", "w"],
    output: ["y", ""],
  });
  const decoded = new Map(written?.attribute?.map((one) => [one.name ?? "", one]));
  expect([...decoded.keys()]).toEqual(Object.keys(every));
  for (const [name, attribute] of Object.entries(every)) {
    const proto = decoded.get(name);
    if (proto === undefined) throw new Error(`${name} is missing`);
    const simple = attributeOf(proto);
    if (simple !== undefined) expect(simple, name).toEqual(attribute);
  }
  expect(Object.is(decoded.get("minusZero")?.f, -0)).toBe(true);
  expect(decoded.get("branch")?.g?.node?.[0]).toMatchObject({ opType: "Identity", output: ["z"] });
  expect(decoded.get("tensor")?.t).toMatchObject({
    name: "t",
    dataType: TensorProto.DataType.INT8,
    rawData: Uint8Array.of(255, 0, 127),
  });
  const read = readModel(writeModel(model));
  expect(read.graph.inputs).toEqual(model.graph.inputs);
  expect(read.graph.nodes[0]?.attributes.get("several")).toEqual(every.several);
  const [again] = read.graph.nodes.flatMap(subgraphs);
  expect(again?.nodes[0]).toMatchObject({ op: "Identity", inputs: ["x"], outputs: ["z"] });
});

test("initializers among the inputs are not inputs, and stay overridable", () => {
  const proto = ModelProto.create({
    irVersion: 3,
    opsetImport: [{ domain: "ai.onnx", version: 11 }],
    graph: {
      name: "old",
      node: [{ opType: "Add", domain: "ai.onnx", input: ["x", "w"], output: ["y"] }],
      initializer: [{ name: "w", dims: [1], dataType: 1, floatData: [2] }],
      input: [{ name: "w" }, { name: "x" }],
      output: [{ name: "y" }],
      valueInfo: [{ name: "extra" }],
    },
  });
  const model = readModel(ModelProto.encode(proto).finish());
  expect(model.opsets).toEqual({ "": 11 });
  expect(model.graph.nodes[0]?.domain).toBe("");
  expect(model.graph.inputs.map(({ name }) => name)).toEqual(["x"]);
  expect([...model.graph.overridable]).toEqual(["w"]);
  const again = ModelProto.decode(writeModel(model)).graph;
  expect(again?.input?.map(({ name }) => name)).toEqual(["x", "w"]);
  expect(again?.valueInfo?.map(({ name }) => name)).toEqual(["extra"]);
});

test("attributes of old files without a kind are read by the field that is set", () => {
  const attribute: onnx.IAttributeProto[] = [
    { name: "f", f: 0.25 },
    { name: "i", i: 3 },
    { name: "s", s: new TextEncoder().encode("hi") },
    { name: "floats", floats: [1, 2] },
    { name: "ints", ints: [4, 5] },
    { name: "strings", strings: [new TextEncoder().encode("a")] },
    { name: "nothing" },
  ];
  const proto = ModelProto.create({
    graph: { node: [{ opType: "Op", output: ["y"], attribute }], output: [{ name: "y" }] },
  });
  const [read] = readModel(ModelProto.encode(proto).finish()).graph.nodes;
  expect([...(read?.attributes ?? [])].map(([name, { kind }]) => [name, kind])).toEqual([
    ["f", "float"],
    ["i", "int"],
    ["s", "string"],
    ["floats", "floats"],
    ["ints", "ints"],
    ["strings", "strings"],
    ["nothing", "opaque"],
  ]);
  expect(read?.attributes.get("ints")).toEqual({ kind: "ints", value: [4n, 5n] });
});
