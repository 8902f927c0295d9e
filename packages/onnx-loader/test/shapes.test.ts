import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import {
  floatTensor,
  inferShapes,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  type Model,
  readModel,
} from "../src/index.ts";
import type { Size } from "../src/internal.ts";
import { floats, run, runtime, testModels } from "./shared.ts";

function batchSymbol(model: Model): string | undefined {
  const first = model.graph.inputs[0]?.type?.dims?.[0];
  return typeof first === "string" ? first : undefined;
}

async function compare(bytes: Uint8Array): Promise<void> {
  const model = readModel(bytes);
  const batch = batchSymbol(model);
  const shapes = await inferShapes(model, runtime, { sizes: {}, batch });
  for (const { name, type } of model.graph.outputs) {
    const found = shapes.get(name);
    expect(found?.type).toBe(type?.type);
    expect(found?.dims.length).toBe(type?.dims?.length);
    for (const [axis, dim] of (type?.dims ?? []).entries())
      if (typeof dim === "number") expect(found?.dims[axis]).toBe(dim);
  }
  // Every value on the way has a shape too.
  const made = model.graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== "");
  const unknown = made.filter((name) => !shapes.has(name));
  expect(unknown.length / made.length).toBeLessThan(0.05);
}

testModels("infers the declared outputs of", compare, (name) => !/light_(resnet50|zfnet512)/.test(name));

const network = modelOf({
  nodes: [
    node("Conv", ["x", "w"], ["c"], { strides: ints([2, 2]) }),
    node("Shape", ["c"], ["s"]),
    node("Gather", ["s", "zero"], ["n"], { axis: int(0) }),
    node("Concat", ["n", "minus"], ["to"], { axis: int(0) }),
    node("Reshape", ["c", "to"], ["flat"]),
    node("Reshape", ["c", "pairs"], ["merged"]),
  ],
  inputs: [value("x", ["batch", 3, "side", 8])],
  outputs: [value("flat", undefined), output("merged")],
  initializers: [
    floatTensor("w", [4, 3, 2, 2], new Float32Array(48)),
    int64Tensor("zero", [1], [0]),
    int64Tensor("minus", [1], [-1]),
    int64Tensor("pairs", [2], [-1, 4]),
  ],
});

test("a symbolic batch is carried through arithmetic on shapes", async () => {
  const shapes = await inferShapes(network, runtime, { sizes: { side: 6 }, batch: "batch" });
  const dims = (name: string): readonly Size[] | undefined => shapes.get(name)?.dims;
  expect(dims("x")).toEqual([{ times: 1 }, 3, 6, 8]);
  expect(dims("c")).toEqual([{ times: 1 }, 4, 3, 4]);
  expect(dims("flat")).toEqual([{ times: 1 }, 48]);
  expect(dims("merged")).toEqual([{ times: 12 }, 4]);
  expect(dims("w")).toEqual([4, 3, 2, 2]);
  expect(shapes.get("s")).toEqual({ type: "int64", dims: [4] });
});

test("the sizes are those of a run", async () => {
  const shapes = await inferShapes(network, runtime, { sizes: { side: 6, batch: 2 } });
  const results = await run(network, { x: floats([2, 3, 6, 8]) });
  for (const name of ["flat", "merged"]) expect(shapes.get(name)?.dims).toEqual(results[name]?.dims);
});

test("what depends on an unknown size is left out", async () => {
  const shapes = await inferShapes(network, runtime, { sizes: {}, batch: "batch" });
  expect(shapes.has("c")).toBe(false);
  expect(shapes.get("s")).toEqual({ type: "int64", dims: [4] });
});

test("a model that onnxruntime refuses is reported with its reason", async () => {
  const broken = modelOf({
    nodes: [node("Relu", ["nothing"], ["y"])],
    inputs: [value("x", [1, 2])],
    outputs: [output("y")],
  });
  const { kind, message } = await userErrorOf(() => inferShapes(broken, runtime, { sizes: {} }));
  expect(kind).toBe("model");
  expect(message).toMatch(/^onnxruntime refuses the model: .*nothing/);
});
