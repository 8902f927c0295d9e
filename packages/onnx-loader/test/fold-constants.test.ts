import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import {
  floatTensor,
  inferShapes,
  intValue as int,
  int64Tensor,
  type Model,
  type Node,
  readModel,
  type Tensor,
  tensorNumbers,
} from "../src/index.ts";
import { foldConstants } from "../src/internal.ts";
import { difference, floats, noise, run, runtime, testModels } from "./shared.ts";

/** Files of IR version 3, whose weights are made by nodes from inputs. */
const oldFiles = /^light_|cntk/;

async function folded(model: Model): Promise<Model> {
  const shapes = await inferShapes(model, runtime, { sizes: { N: 2 } });
  return (await foldConstants(model, shapes, runtime)).model;
}

const constant = (name: string, tensor: Tensor): Node =>
  node("Constant", [], [name], { value: { kind: "tensor", value: tensor } }, `make ${name}`);

const shapeArithmetic = modelOf({
  nodes: [
    constant("three", int64Tensor("", [1], [3])),
    constant("four", int64Tensor("", [1], [4])),
    node("Mul", ["three", "four"], ["twelve"]),
    node("Concat", ["minus", "twelve"], ["to"], { axis: int(0) }),
    node("Reshape", ["x", "to"], ["flat"]),
    node("Neg", ["bias"], ["less"]),
    node("Add", ["flat", "less"], ["y"]),
  ],
  inputs: [value("x", ["N", 3, 4])],
  outputs: [output("y")],
  initializers: [int64Tensor("minus", [1], [-1]), floatTensor("bias", [12], noise(12))],
});

test("what depends on no input is computed, and the outputs stay the same", async () => {
  const after = await folded(shapeArithmetic);
  expect(after.graph.nodes.map(({ op }) => op).filter((op) => op !== "Constant")).toEqual(["Reshape", "Add"]);
  const to = after.graph.initializers.get("to");
  expect(to && tensorNumbers(to)).toEqual([-1, 12]);
  const feeds = { x: floats([2, 3, 4]) };
  expect(difference((await run(shapeArithmetic, feeds)).y, (await run(after, feeds)).y)).toBe(0);
});

test("every kind of number comes back as it was", async () => {
  const types = { float64: 11, float16: 10, int32: 6, int8: 3, uint8: 2, bool: 9, int64: 7 } as const;
  const model = modelOf({
    nodes: Object.entries(types).flatMap(([type, code]) => [
      node("Cast", ["two"], [`as ${type}`], { to: int(code) }, `to ${type}`),
      node("Identity", [`as ${type}`], [`kept ${type}`], {}, `keep ${type}`),
      node("Cast", [`kept ${type}`], [`back ${type}`], { to: int(1) }, `from ${type}`),
      node("Add", ["x", `back ${type}`], [`y ${type}`], {}, `add ${type}`),
    ]),
    inputs: [value("x", [2])],
    outputs: Object.keys(types).map((type) => output(`y ${type}`)),
    initializers: [floatTensor("two", [2], [2, 0])],
  });
  const after = await folded(model);
  expect(after.graph.nodes.map(({ op }) => op)).toEqual(Object.keys(types).map(() => "Add"));
  const feeds = { x: floats([2]) };
  const [left, right] = [await run(model, feeds), await run(after, feeds)];
  for (const name of Object.keys(left)) expect(difference(left[name], right[name])).toBe(0);
});

test("weights made by nodes stay nodes", async () => {
  const model = modelOf({
    nodes: [node("Transpose", ["w"], ["t"]), node("MatMul", ["x", "t"], ["y"])],
    inputs: [value("x", [2, 80])],
    outputs: [output("y")],
    initializers: [floatTensor("w", [80, 80], noise(6400))],
  });
  expect((await folded(model)).graph.nodes).toEqual(model.graph.nodes);
});

test("random numbers are not drawn beforehand", async () => {
  const model = modelOf({
    nodes: [
      node("RandomNormalLike", ["zeros"], ["noise"], { dtype: int(1) }),
      node("Mul", ["noise", "zeros"], ["nothing"]),
      node("Add", ["x", "nothing"], ["y"]),
    ],
    inputs: [value("x", [2])],
    outputs: [output("y")],
    initializers: [floatTensor("zeros", [2], [0, 0])],
  });
  expect((await folded(model)).graph.nodes).toEqual(model.graph.nodes);
});

test("a constant that is an output of the graph stays one", async () => {
  const model = modelOf({
    nodes: [node("Neg", ["w"], ["less"]), node("Add", ["x", "less"], ["y"])],
    inputs: [value("x", [2])],
    outputs: [output("y"), output("less")],
    initializers: [floatTensor("w", [2], [1, 2])],
  });
  const feeds = { x: floats([2]) };
  const after = await run(await folded(model), feeds);
  const before = await run(model, feeds);
  for (const name of ["y", "less"]) expect(difference(before[name], after[name])).toBe(0);
});

test("a constant that only an inner graph uses is kept for it", async () => {
  const branch = graphOf({
    nodes: [node("Add", ["x", "less"], ["sum"])],
    inputs: [],
    outputs: [output("sum")],
  });
  const model = modelOf({
    nodes: [
      node("Neg", ["w"], ["less"]),
      node("ReduceSum", ["x"], ["total"], { keepdims: int(0) }),
      node("Greater", ["total", "zero"], ["yes"]),
      node("If", ["yes"], ["y"], {
        then_branch: { kind: "graph", value: branch },
        else_branch: { kind: "graph", value: { ...branch, name: "other" } },
      }),
    ],
    inputs: [value("x", [2])],
    outputs: [output("y")],
    initializers: [floatTensor("w", [2], [1, 2]), floatTensor("zero", [], [0])],
  });
  const feeds = { x: floats([2]) };
  expect(difference((await run(model, feeds)).y, (await run(await folded(model), feeds)).y)).toBe(0);
});

testModels(
  "gives the same outputs with its constants folded",
  async (bytes) => {
    const model = readModel(bytes);
    const [input] = model.graph.inputs;
    const dims = (input?.type?.dims ?? []).map((dim) => (typeof dim === "number" ? dim : 1));
    const [first] = input?.type?.dims ?? [];
    const shapes = await inferShapes(model, runtime, {
      sizes: {},
      batch: typeof first === "string" ? first : undefined,
    });
    const after = await foldConstants(model, shapes, runtime);
    expect(after.model.graph.nodes.length).toBeLessThanOrEqual(model.graph.nodes.length);
    const feeds = { [input?.name ?? ""]: floats(dims) };
    // Not optimized: the kernels for quantized numbers, which onnxruntime would choose, round otherwise.
    const options = { graphOptimizationLevel: "disabled" } as const;
    const [left, right] = [await run(model, feeds, options), await run(after.model, feeds, options)];
    for (const name of Object.keys(left)) {
      const numbers = Array.from(left[name]?.data ?? [], Number);
      const largest = numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
      expect(difference(left[name], right[name])).toBeLessThan(1e-5 * Math.max(1, largest));
    }
  },
  (name) => !oldFiles.test(name) && !name.includes("fp16"),
);

test("constants that no number is computed from take nothing from what may be computed", async () => {
  const large = Array.from({ length: 20 }, (_, i) => [
    node("ConstantOfShape", ["size"], [`large${i}`], {}, `make ${i}`),
    node("Mul", ["scale", `large${i}`], [`scaled${i}`], {}, `use ${i}`),
  ]);
  const model = modelOf({
    nodes: [
      ...large.flat(),
      node("Mul", ["three", "four"], ["twelve"]),
      node("Concat", ["minus", "twelve"], ["to"], { axis: int(0) }),
      node("Reshape", ["x", "to"], ["flat"]),
    ],
    inputs: [value("x", ["N", 3, 4]), value("scale", [1, 1])],
    outputs: [output("flat"), ...large.map((_, i) => output(`scaled${i}`))],
    initializers: [
      int64Tensor("size", [2], [1024, 1024]),
      int64Tensor("three", [1], [3]),
      int64Tensor("four", [1], [4]),
      int64Tensor("minus", [1], [-1]),
    ],
  });
  const after = await folded(model);
  const to = after.graph.initializers.get("to");
  expect(to && tensorNumbers(to)).toEqual([-1, 12]);
  expect(after.graph.nodes.filter(({ op }) => op === "ConstantOfShape")).toHaveLength(20);
});
