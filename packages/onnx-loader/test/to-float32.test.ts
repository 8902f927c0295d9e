import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import {
  type Attribute,
  type DataType,
  type Dim,
  floatTensor,
  inferShapes,
  intValue as int,
  int64Tensor,
  type Model,
  type Node,
  type Tensor,
} from "../src/index.ts";
import { dataTypeCode, freezeInitializers, toFloat32 } from "../src/internal.ts";
import { difference, floats, noise, run, runtime } from "./shared.ts";
import { bytesField, join } from "./wire.ts";

/** Numbers that half precision holds exactly. */
function coarse(count: number, seed: number): Float32Array {
  return noise(count, seed).map((one) => Math.round(one * 32) / 32);
}

function halfBits(one: number): number {
  if (one === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(one)));
  const fraction = Math.round((Math.abs(one) / 2 ** exponent - 1) * 1024);
  return (one < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}

const bytesOf: Partial<Record<DataType, (values: Float32Array) => ArrayBufferView>> = {
  float64: (values) => Float64Array.from(values),
  float32: (values) => values,
  float16: (values) => Uint16Array.from(values, halfBits),
  bfloat16: (values) => new Uint16Array(values.buffer.slice(0)).filter((_, i) => i % 2 === 1),
};

function tensorOf(type: DataType, name: string, dims: readonly number[], values: Float32Array): Tensor {
  const view = bytesOf[type]?.(values);
  if (view === undefined) throw new Error(`no bytes for ${type}`);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return { name, type, dims, storage: { kind: "raw", bytes } };
}

const tensor = (value: Tensor): Attribute => ({ kind: "tensor", value });
const to = (type: DataType) => ({ to: int(dataTypeCode(type)) });

/** A network that meets constants of its type in every way that there is; every number is exact in half precision. */
function network(type: DataType, dims: readonly Dim[] = [2, 3, 4, 4]): Model {
  const constant = (name: string, dims: readonly number[], seed: number) =>
    tensorOf(
      type,
      name,
      dims,
      coarse(
        dims.reduce((a, b) => a * b, 1),
        seed,
      ),
    );
  const branch = (name: string, nodes: readonly Node[]): Attribute => ({
    kind: "graph",
    value: graphOf({
      nodes,
      inputs: [],
      outputs: [output(name)],
      initializers: [constant(`${name}/own`, [3, 1, 1], 7)],
    }),
  });
  return modelOf({
    nodes: [
      // onnxruntime has no Conv in float64.
      node("MatMul", ["x", "w"], ["product"]),
      node("Constant", [], ["k"], { value: tensor(constant("", [3, 1, 1], 3)) }),
      node("Add", ["product", "k"], ["shifted"]),
      node("Shape", ["shifted"], ["shape"]),
      node("ConstantOfShape", ["shape"], ["filled"], { value: tensor(constant("", [1], 4)) }),
      node("Mul", ["filled", "k"], ["mask"]),
      node("Add", ["shifted", "mask"], ["masked"]),
      node("Cast", ["masked"], ["wide"], to("float32")),
      node("Relu", ["wide"], ["positive"]),
      node("Cast", ["positive"], ["narrow"], to(type)),
      node("CastLike", ["positive", "k"], ["alike"]),
      node("Sum", ["narrow", "alike", "masked"], ["sum"]),
      node("ReduceSum", ["wide"], ["total"], { keepdims: int(0) }),
      node("Cast", ["total"], ["flag"], to("bool")),
      node("If", ["flag"], ["chosen"], {
        then_branch: branch("then", [node("Add", ["sum", "then/own"], ["then"])]),
        else_branch: branch("else", [node("Mul", ["sum", "else/own"], ["else"])]),
      }),
      node("If", ["flag"], ["extra"], {
        then_branch: branch("then2", [node("Identity", ["then2/own"], ["then2"])]),
        else_branch: branch("else2", [node("Mul", ["k", "k"], ["else2"])]),
      }),
      node("Add", ["chosen", "extra"], ["last"]),
      node("Mul", ["last", "b"], ["y"]),
    ],
    inputs: [value("x", dims, type)],
    outputs: [value("y", undefined, type)],
    initializers: [constant("w", [4, 4], 1), constant("b", [4], 2)],
  });
}

test.each(["float64", "float16", "bfloat16"] as const)("a %s network computes in float32", async (type) => {
  const changed = toFloat32(network(type));
  expect(changed.changed.join()).toMatch(type === "float64" ? /double-precision/ : /half-precision/);
  const [input] = changed.model.graph.inputs;
  expect(input?.type?.type).toBe("float32");
  const feeds = { x: new ort.Tensor("float32", coarse(96, 9), [2, 3, 4, 4]) };
  const { y } = await run(changed.model, feeds);
  expect(y?.type).toBe("float32");
  // Written in float32 it is the same network, with the same numbers as weights.
  expect(difference((await run(network("float32"), feeds)).y, y)).toBeLessThan(1e-6);
});

test("a float64 network comes out as onnxruntime computes it", async () => {
  const picture = coarse(96, 9);
  const before = await run(network("float64"), {
    x: new ort.Tensor("float64", Float64Array.from(picture), [2, 3, 4, 4]),
  });
  const after = await run(toFloat32(network("float64")).model, {
    x: new ort.Tensor("float32", picture, [2, 3, 4, 4]),
  });
  expect(difference(before.y, after.y)).toBeLessThan(1e-5);
});

test("weights in double_data stay where they are", async () => {
  const values = coarse(6, 3);
  const doubles = new Uint8Array(Float64Array.from(values).buffer);
  const message = join([bytesField(10, doubles)]);
  const w: Tensor = { name: "w", type: "float64", dims: [3, 2], storage: { kind: "fields", message } };
  const model = modelOf({
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    inputs: [value("x", [2, 3], "float64")],
    outputs: [output("y")],
    initializers: [w],
  });
  const { model: changed } = toFloat32(model);
  expect(changed.graph.initializers.get("w")).toBe(w);
  const plain = modelOf({
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
    initializers: [floatTensor("w", [3, 2], values)],
  });
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(plain, feeds)).y, (await run(changed, feeds)).y)).toBe(0);
});

test("arithmetic on sizes keeps its doubles", async () => {
  const factor = new Uint8Array(Float64Array.of(0.6).buffer);
  const model = modelOf({
    nodes: [
      node("Shape", ["x"], ["shape"]),
      node("Cast", ["shape"], ["sizes"], to("float64")),
      node("Mul", ["sizes", "factor"], ["less"]),
      node("Floor", ["less"], ["floored"]),
      node("Cast", ["floored"], ["to"], to("int64")),
      node("Slice", ["x", "zeros", "to", "axes"], ["y"]),
    ],
    inputs: [value("x", [4, 5])],
    outputs: [output("y")],
    initializers: [
      { name: "factor", type: "float64", dims: [], storage: { kind: "raw", bytes: factor } },
      int64Tensor("zeros", [2], [0, 0]),
      int64Tensor("axes", [2], [0, 1]),
    ],
  });
  expect(toFloat32(model)).toEqual({ model, changed: [] });
});

test("a float32 network that goes through doubles on its way goes through float32", async () => {
  const model = modelOf({
    nodes: [
      node("Cast", ["x"], ["d"], to("float64")),
      node("ReduceMean", ["d"], ["m"]),
      node("Cast", ["m"], ["y"], to("float32")),
    ],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
  });
  const { model: changed, changed: notes } = toFloat32(model);
  expect(notes).toHaveLength(1);
  expect((await inferShapes(changed, runtime, { sizes: {} })).get("m")?.type).toBe("float32");
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(model, feeds)).y, (await run(changed, feeds)).y)).toBeLessThan(1e-6);
});

test("a float32 network is left alone", () => {
  const model = network("float32");
  expect(toFloat32(model)).toEqual({ model, changed: [] });
});

test.each([3, 4, 7, 8, 9, 10, 11, 12, 13, 14])(
  "IR version %i is one that onnxruntime takes, after",
  async (ir) => {
    const model = {
      ...modelOf({
        nodes: [node("Add", ["x", "w"], ["y"])],
        inputs: [value("x", [2, 3])],
        outputs: [output("y")],
        initializers: [floatTensor("w", [3], [1, 2, 3])],
        opset: ir === 3 ? 7 : 17,
      }),
      irVersion: ir,
    };
    const listed =
      ir > 3
        ? model
        : { ...model, graph: { ...model.graph, valueInfo: [value("w", [3])], overridable: new Set(["w"]) } };
    const settled = freezeInitializers(listed).model;
    expect(settled.irVersion).toBe(Math.min(Math.max(ir, 8), 13));
    const feeds = { x: floats([2, 3]) };
    const after = (await run(settled, feeds)).y;
    if (ir <= 13) expect(difference((await run(listed, feeds)).y, after)).toBe(0);
    else expect(after?.dims).toEqual([2, 3]);
  },
);
