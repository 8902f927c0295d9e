/** What raising a model to opset 17 changes, leaves alone and refuses. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import {
  type Attributes,
  floatTensor,
  intValue as int,
  intsValue as ints,
  raiseOpset,
} from "../src/index.ts";
import { newestOpset, oldestOpset } from "../src/internal.ts";
import { difference, floats, run } from "./shared.ts";

test.each([
  ["BatchNormalization", 8, { spatial: int(0) }, /normalizes each position separately/],
  ["Scan", 8, {}, /a Scan of opset 8/],
  ["MeanVarianceNormalization", 8, { normalize_variance: int(0) }, /subtracts the mean only/],
  ["Crop", 9, { border: ints([0, -1, 0, 0]) }, /negative border/],
] as const)(
  "%s of opset %i that no newer one can say is refused by name",
  (op, opset, attributes, reason) => {
    const model = modelOf({
      opset,
      nodes: [node(op, ["x"], ["y"], attributes, "culprit")],
      inputs: [value("x", [1, 2, 3, 4])],
      outputs: [output("y")],
    });
    const { message } = userErrorOf(() => raiseOpset(model));
    expect(message).toContain('"culprit"');
    expect(message).toMatch(reason);
  },
);

test("statistics that are named nowhere do not make batch normalization train", () => {
  // onnxruntime itself crashes when it runs such a node of an old opset.
  const raised = raiseOpset(
    modelOf({
      opset: 9,
      nodes: [node("BatchNormalization", ["x", "a", "b", "c", "d"], ["y", "", "", "", ""])],
      inputs: [value("x", [1, 3, 2, 2])],
      outputs: [output("y")],
    }),
  );
  expect(raised.model.graph.nodes[0]).toMatchObject({ outputs: ["y"], attributes: new Map() });
});

test.each([
  [7, "float32"],
  [11, "bool"],
] as const)("a mask of opset %i's Dropout stays an output of its type", async (opset, type) => {
  const model = modelOf({
    opset,
    nodes: [node("Dropout", ["x"], ["y", "mask"])],
    inputs: [value("x", [2, 3])],
    outputs: [output("y"), value("mask", [2, 3], type)],
  });
  const feeds = { x: floats([2, 3]) };
  const [before, after] = [await run(model, feeds), await run(raiseOpset(model).model, feeds)];
  expect(after.mask?.type).toBe(type);
  for (const name of ["y", "mask"]) expect(difference(before[name], after[name])).toBe(0);
});

test("what a training file left over goes: is_test", async () => {
  const initializers = ["gamma", "beta", "m", "v"].map((name) => floatTensor(name, [3], [1, 2, 3]));
  const make = (attributes: Attributes) =>
    modelOf({
      opset: 7,
      nodes: [
        node("BatchNormalization", ["x", "gamma", "beta", "m", "v"], ["n"], attributes),
        node("Dropout", ["n"], ["y"], attributes),
      ],
      inputs: [value("x", [2, 3, 2, 2])],
      outputs: [output("y")],
      initializers,
    });
  const feeds = { x: floats([2, 3, 2, 2]) };
  const after = await run(raiseOpset(make({ is_test: int(1) })).model, feeds);
  expect(difference((await run(make({}), feeds)).y, after.y)).toBe(0);
});

test("softmax over one axis and over all from one on are told apart", async () => {
  const make = (opset: number) =>
    modelOf({
      opset,
      nodes: [node("Softmax", ["x"], ["y"], { axis: int(1) })],
      inputs: [value("x", [2, 3, 4, 5])],
      outputs: [output("y")],
    });
  const sums = async (opset: number) => {
    const { y } = await run(raiseOpset(make(opset)).model, { x: floats([2, 3, 4, 5]) });
    return Array.from(y?.data ?? [], Number).reduce((sum, number) => sum + number, 0);
  };
  expect(await sums(12)).toBeCloseTo(2, 4);
  expect(await sums(13)).toBeCloseTo(2 * 4 * 5, 4);
});

test("several nodes of a kind get constants of their own or share equal ones", async () => {
  const model = modelOf({
    opset: 11,
    nodes: [
      node("Unsqueeze", ["x"], ["a"], { axes: ints([0]) }, "one"),
      node("Unsqueeze", ["a"], ["b"], { axes: ints([0]) }, "two"),
      node("Squeeze", ["b"], ["c"], { axes: ints([1]) }, "three"),
      node("ReduceSum", ["c"], ["y"], { axes: ints([2]), keepdims: int(0) }, "four"),
    ],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
  });
  const raised = raiseOpset(model);
  expect(raised.changed).toEqual(["Opset 11 is raised to 17, by changing 4 nodes."]);
  expect(raised.model.graph.initializers.size).toBe(3);
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(model, feeds)).y, (await run(raised.model, feeds)).y)).toBeLessThan(1e-6);
});

test("a name that is taken is not made again", async () => {
  const model = modelOf({
    opset: 11,
    nodes: [
      node("Unsqueeze", ["raised/constant"], ["raised/Shape"], { axes: ints([0]) }),
      node("Softmax", ["raised/Shape"], ["y"]),
    ],
    inputs: [value("raised/constant", [2, 3])],
    outputs: [output("y")],
  });
  const feeds = { "raised/constant": floats([2, 3]) };
  const after = await run(raiseOpset(model).model, feeds);
  expect(difference((await run(model, feeds)).y, after.y)).toBeLessThan(1e-6);
});

test("another domain's node of the same name is left alone", () => {
  const other = { ...node("Squeeze", ["x"], ["y"], { axes: ints([0]) }), domain: "com.example" };
  const model = modelOf({ opset: 11, nodes: [other], inputs: [value("x", [1, 2])], outputs: [output("y")] });
  expect(raiseOpset(model).model.graph.nodes).toEqual([other]);
});

test("from opset 17 on nothing is changed", () => {
  const model = modelOf({ opset: 17, nodes: [], inputs: [], outputs: [output("y")] });
  expect(raiseOpset(model)).toEqual({ model, changed: [] });
});

test.each([
  [oldestOpset - 1, /version_converter/],
  [newestOpset + 1, /update onnx-lrp/],
  [99, /update onnx-lrp/],
])("opset %i is refused with what to do", (opset, advice) => {
  const model = modelOf({ opset, nodes: [], inputs: [], outputs: [output("y")] });
  const { message } = userErrorOf(() => raiseOpset(model));
  expect(message).toContain(
    `opset ${opset} of ONNX's operators; onnx-lrp reads ${oldestOpset} to ${newestOpset}.`,
  );
  expect(message).toMatch(advice);
});

test("a model without an opset is refused", () => {
  const model = {
    ...modelOf({ nodes: [], inputs: [], outputs: [output("y")] }),
    opsets: { "com.example": 1 },
  };
  expect(userErrorOf(() => raiseOpset(model)).kind).toBe("model");
});

test.each([
  [9, "Upsample", [1, 1, 2.5, 1.5]],
  [10, "Resize", [1, 1, 2.5, 0.5]],
  [10, "Resize", [1, 1, 1, 1.5]],
])("opset %i's %s with scales that are computed means the same", async (opset, op, scales) => {
  const model = modelOf({
    opset,
    nodes: [node("Mul", ["halves", "two"], ["scales"]), node(op, ["x", "scales"], ["y"])],
    inputs: [value("x", [1, 2, 5, 7])],
    outputs: [output("y")],
    initializers: [
      floatTensor(
        "halves",
        [4],
        scales.map((scale) => scale / 2),
      ),
      floatTensor("two", [], [2]),
    ],
  });
  const feeds = { x: floats([1, 2, 5, 7]) };
  const after = await run(raiseOpset(model).model, feeds);
  expect(difference((await run(model, feeds)).y, after.y)).toBe(0);
});
