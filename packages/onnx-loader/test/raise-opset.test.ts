import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import {
  type Attribute,
  type Attributes,
  float,
  floatTensor,
  int,
  int64Tensor,
  ints,
  newestOpset,
  oldestOpset,
  raiseOpset,
  string,
  type Tensor,
} from "../src/index.ts";
import { difference, floats, noise, run } from "./shared.ts";

const numbers = (values: readonly number[]): Attribute => ({ kind: "floats", value: values });

interface Case {
  readonly op: string;
  readonly dims: readonly number[];
  readonly attributes?: Attributes;
  readonly outputs?: readonly string[];
  /** Inputs after x. */
  readonly more?: readonly string[];
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

/** Operators as they stood at other opsets than 11 and 12. */
const older: readonly (Case & { readonly opset: number; readonly initializers?: readonly Tensor[] })[] = [
  { opset: 7, op: "Upsample", dims: [1, 2, 3, 4], attributes: { scales: numbers([1, 1, 2, 3]) } },
  { opset: 8, op: "Upsample", dims: [1, 2, 3, 4], attributes: { scales: numbers([1, 1, 1.7, 2.3]) } },
  {
    opset: 7,
    op: "Upsample",
    dims: [1, 2, 3, 4],
    attributes: { scales: numbers([1, 1, 2, 1.5]), mode: string("linear") },
  },
  ...["nearest", "linear"].flatMap((mode) =>
    (
      [
        [9, "Upsample", [1, 1, 2, 2]],
        [9, "Upsample", [1, 1, 1.3, 2.9]],
        [10, "Resize", [1, 1, 2, 2]],
        [10, "Resize", [1, 1, 1.3, 2.9]],
        [10, "Resize", [1, 1, 0.6, 0.4]],
        [10, "Resize", [1, 1, 2.4, 0.7]],
      ] as const
    ).map(([opset, op, scales]) => ({
      opset,
      op,
      dims: [1, 2, 5, 7],
      attributes: { mode: string(mode) },
      more: ["scales"],
      initializers: [floatTensor("scales", [4], scales)],
    })),
  ),
  {
    opset: 7,
    op: "Slice",
    dims: [4, 5, 6],
    attributes: { starts: ints([1, -2]), ends: ints([3, 99]), axes: ints([0, 2]) },
  },
  {
    opset: 9,
    op: "Slice",
    dims: [4, 5],
    attributes: { starts: ints([0, 2]), ends: ints([-1, 2n ** 63n - 1n]) },
  },
  { opset: 9, op: "TopK", dims: [3, 7], attributes: { k: int(2) }, outputs: ["y", "z"] },
  { opset: 9, op: "TopK", dims: [3, 7], attributes: { k: int(2), axis: int(0) }, outputs: ["y", "z"] },
  { opset: 7, op: "Clip", dims: [3, 7], attributes: { min: float(-0.25), max: float(0.5) } },
  { opset: 10, op: "Clip", dims: [3, 7], attributes: { max: float(0.5) } },
  { opset: 10, op: "Clip", dims: [3, 7] },
  {
    opset: 7,
    op: "Pad",
    dims: [1, 2, 3, 4],
    attributes: { pads: ints([0, 0, 1, 2, 0, 1, 3, 0]), value: float(0.5) },
  },
  { opset: 10, op: "Pad", dims: [1, 2, 3, 4], attributes: { pads: ints([0, 0, 1, -1, 0, 0, 0, 0]) } },
  {
    opset: 9,
    op: "Pad",
    dims: [1, 2, 3, 4],
    attributes: { pads: ints([0, 0, 1, 2, 0, 0, 1, 1]), mode: string("reflect") },
  },
  {
    opset: 9,
    op: "Pad",
    dims: [1, 2, 3, 4],
    attributes: { pads: ints([0, 0, 1, 2, 0, 0, 1, 1]), mode: string("edge") },
  },
  { opset: 7, op: "Dropout", dims: [2, 3], attributes: { ratio: float(0.3) } },
  { opset: 9, op: "Dropout", dims: [2, 3], outputs: ["y", ""] },
  { opset: 11, op: "Squeeze", dims: [1, 3, 1], attributes: { axes: ints([]) } },
  { opset: 11, op: "ReduceSum", dims: [2, 3], attributes: { axes: ints([]) } },
  ...(["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"] as const).map(
    (op) => ({
      opset: 7,
      op,
      dims: [2, 3, 4],
      attributes: { axes: ints([1, 2]), keepdims: int(0) },
    }),
  ),
  {
    opset: 9,
    op: "Scatter",
    dims: [3, 3],
    attributes: { axis: int(1) },
    more: ["at", "updates"],
    initializers: [int64Tensor("at", [2, 2], [1, 0, 2, 1]), floatTensor("updates", [2, 2], [1, 2, 3, 4])],
  },
  ...[7, 8, 9, 13].flatMap((opset) =>
    [["y"], ["y", "mean", "var", "saved_mean", "saved_var"]].map((outputs) => ({
      opset,
      op: "BatchNormalization",
      dims: [2, 3, 4, 4],
      outputs,
      attributes: opset < 9 ? { spatial: int(1), epsilon: float(0.01) } : { momentum: float(0.5) },
      more: ["gamma", "beta", "m", "v"],
      initializers: ["gamma", "beta", "m", "v"].map((name, i) =>
        floatTensor(
          name,
          [3],
          noise(3, i + 1).map((one) => (name === "v" ? 1 + one : one)),
        ),
      ),
    })),
  ),
  { opset: 7, op: "MeanVarianceNormalization", dims: [2, 3, 4, 4] },
  { opset: 8, op: "MeanVarianceNormalization", dims: [2, 3, 4, 4], attributes: { across_channels: int(1) } },
  { opset: 10, op: "MeanVarianceNormalization", dims: [2, 3, 4, 4], attributes: { axes: ints([0, 2]) } },
  { opset: 9, op: "Affine", dims: [2, 3], attributes: { alpha: float(2), beta: float(0.5) } },
  { opset: 7, op: "Scale", dims: [2, 3], attributes: { scale: float(0.5) } },
  {
    opset: 8,
    op: "ImageScaler",
    dims: [2, 3, 4, 4],
    attributes: { scale: float(0.5), bias: numbers([1, 2, -3]) },
  },
  { opset: 8, op: "Crop", dims: [2, 3, 6, 7], attributes: { border: ints([1, 2, 3, 0]) } },
  {
    opset: 8,
    op: "Crop",
    dims: [2, 3, 6, 7],
    attributes: { border: ints([1, 2, 0, 0]), scale: ints([3, 2]) },
  },
  { opset: 9, op: "ScaledTanh", dims: [2, 3], attributes: { alpha: float(2), beta: float(0.5) } },
  { opset: 9, op: "ParametricSoftplus", dims: [2, 3], attributes: { alpha: float(2), beta: float(0.5) } },
  { opset: 9, op: "ThresholdedRelu", dims: [2, 3], attributes: { alpha: float(0.3) } },
  // These kept their meaning and must come through as they are.
  {
    opset: 7,
    op: "AveragePool",
    dims: [1, 2, 5, 5],
    attributes: { kernel_shape: ints([2, 2]), pads: ints([1, 1, 0, 0]), count_include_pad: int(1) },
  },
  {
    opset: 7,
    op: "MaxPool",
    dims: [1, 2, 5, 5],
    attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]), auto_pad: string("SAME_UPPER") },
  },
  { opset: 7, op: "LpPool", dims: [1, 2, 5, 5], attributes: { kernel_shape: ints([2, 2]) } },
  { opset: 7, op: "GlobalLpPool", dims: [1, 2, 5, 5], attributes: { p: int(1) } },
  { opset: 7, op: "LRN", dims: [1, 6, 3, 3], attributes: { size: int(3), alpha: float(0.5) } },
  { opset: 7, op: "DepthToSpace", dims: [1, 8, 2, 3], attributes: { blocksize: int(2) } },
  { opset: 7, op: "SpaceToDepth", dims: [1, 2, 4, 6], attributes: { blocksize: int(2) } },
  { opset: 9, op: "Flatten", dims: [2, 3, 4], attributes: { axis: int(0) } },
  { opset: 7, op: "ArgMax", dims: [2, 3, 4], attributes: { axis: int(1) } },
  { opset: 7, op: "Sum", dims: [2, 3], more: ["x", "x"] },
  { opset: 7, op: "Mean", dims: [2, 3], more: ["x"] },
  {
    opset: 8,
    op: "Max",
    dims: [2, 3],
    more: ["row"],
    initializers: [floatTensor("row", [3], [0, 0.1, -0.1])],
  },
  { opset: 7, op: "Tile", dims: [2, 3], more: ["twice"], initializers: [int64Tensor("twice", [2], [2, 3])] },
  { opset: 8, op: "Expand", dims: [2, 1], more: ["to"], initializers: [int64Tensor("to", [2], [2, 3])] },
  { opset: 7, op: "Reshape", dims: [2, 6], more: ["to"], initializers: [int64Tensor("to", [3], [0, -1, 2])] },
  {
    opset: 7,
    op: "PRelu",
    dims: [2, 3, 4],
    more: ["slope"],
    initializers: [floatTensor("slope", [3, 1], [0.1, 0.2, 0.3])],
  },
  {
    opset: 7,
    op: "Gemm",
    dims: [2, 3],
    attributes: { alpha: float(0.5), transB: int(1) },
    more: ["w", "b"],
    initializers: [floatTensor("w", [4, 3], noise(12)), floatTensor("b", [4], noise(4))],
  },
  {
    opset: 7,
    op: "InstanceNormalization",
    dims: [2, 3, 4, 4],
    more: ["s", "b"],
    initializers: [floatTensor("s", [3], noise(3)), floatTensor("b", [3], noise(3, 2))],
  },
];

test.each(older.map((one) => [told(one), one.opset, one] as const))(
  "%s means the same after opset %i is raised to 17",
  async (_, opset, { op, dims, attributes = {}, outputs = ["y"], more = [], initializers = [] }) => {
    const model = modelOf({
      opset,
      nodes: [node(op, ["x", ...more], outputs, attributes)],
      inputs: [value("x", dims)],
      outputs: [output("y")],
      initializers,
    });
    const feeds = { x: floats(dims) };
    const after = await run(raiseOpset(model).model, feeds);
    expect(difference((await run(model, feeds)).y, after.y)).toBeLessThan(1e-6);
  },
);

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
