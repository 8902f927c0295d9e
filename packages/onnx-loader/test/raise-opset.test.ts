import { expect, test } from "vitest";
import { type Attributes, float, int, ints, newestOpset, oldestOpset, raiseOpset } from "../src/index.ts";
import { difference, floats, modelOf, node, output, run, userErrorOf, value } from "./shared.ts";

interface Case {
  readonly op: string;
  readonly dims: readonly number[];
  readonly attributes?: Attributes;
  readonly outputs?: readonly string[];
}

const cases: readonly Case[] = [
  { op: "Softmax", dims: [2, 3, 4, 5] },
  { op: "Softmax", dims: [2, 3, 4, 5], attributes: { axis: int(1) } },
  { op: "Softmax", dims: [2, 3, 4, 5], attributes: { axis: int(0) } },
  { op: "Softmax", dims: [2, 3, 4, 5], attributes: { axis: int(2) } },
  { op: "Softmax", dims: [2, 3, 4, 5], attributes: { axis: int(3) } },
  { op: "Softmax", dims: [2, 3, 4, 5], attributes: { axis: int(-1) } },
  { op: "Softmax", dims: [2, 3, 4, 5], attributes: { axis: int(-3) } },
  { op: "Softmax", dims: [3, 7] },
  { op: "Softmax", dims: [1, 10, 1, 1], attributes: { axis: int(1) } },
  { op: "LogSoftmax", dims: [2, 3, 4, 5] },
  { op: "LogSoftmax", dims: [2, 3, 4, 5], attributes: { axis: int(2) } },
  { op: "Squeeze", dims: [1, 3, 1, 2], attributes: { axes: ints([2]) } },
  { op: "Squeeze", dims: [1, 3, 1, 2], attributes: { axes: ints([0, -2]) } },
  { op: "Squeeze", dims: [1, 3, 1, 2] },
  { op: "Unsqueeze", dims: [2, 3], attributes: { axes: ints([0, 3]) } },
  { op: "Unsqueeze", dims: [2, 3], attributes: { axes: ints([-1]) } },
  { op: "ReduceSum", dims: [2, 3, 4], attributes: { axes: ints([1, -1]), keepdims: int(0) } },
  { op: "ReduceSum", dims: [2, 3, 4], attributes: { axes: ints([2]) } },
  { op: "ReduceSum", dims: [2, 3, 4] },
  { op: "Split", dims: [6, 4], attributes: { split: ints([1, 5]) }, outputs: ["y", "z"] },
  { op: "Split", dims: [6, 4], attributes: { axis: int(1) }, outputs: ["y", "z"] },
  {
    op: "Split",
    dims: [2, 6],
    attributes: { axis: int(-1), split: ints([1, 2, 3]) },
    outputs: ["y", "z", "u"],
  },
  { op: "Dropout", dims: [2, 3] },
  // These kept their meaning and must come through as they are.
  { op: "Relu", dims: [2, 3] },
  { op: "ReduceMean", dims: [2, 3, 4], attributes: { axes: ints([1]), keepdims: int(0) } },
  { op: "GlobalMaxPool", dims: [2, 3, 4, 4] },
  { op: "Flatten", dims: [2, 3, 4], attributes: { axis: int(2) } },
];

const told = ({ op, dims, attributes }: Case) =>
  `${op} of ${dims.join(" x ")}${Object.entries(attributes ?? {}).map(([name, { value }]) => `, ${name} ${value}`)}`;

const withRatio: Case = { op: "Dropout", dims: [2, 3], attributes: { ratio: float(0.7) } };

test.each([
  [told(withRatio), 11, withRatio] as const,
  ...[11, 12].flatMap((opset) => cases.map((one) => [told(one), opset, one] as const)),
])(
  "%s means the same after opset %i is raised",
  async (_, opset, { op, dims, attributes = {}, outputs = ["y"] }) => {
    const model = modelOf({
      opset,
      nodes: [node(op, ["x"], outputs, attributes)],
      inputs: [value("x", dims)],
      outputs: outputs.map(output),
    });
    const raised = raiseOpset(model);
    expect(raised.model.opsets[""]).toBe(17);
    const feeds = { x: floats(dims) };
    const before = await run(model, feeds);
    const after = await run(raised.model, feeds);
    for (const name of outputs) expect(difference(before[name], after[name])).toBeLessThan(1e-6);
  },
);

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
