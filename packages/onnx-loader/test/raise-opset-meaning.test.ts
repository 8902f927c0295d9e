/** Operations mean the same after their model is raised to opset 17, as onnxruntime computes both. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import {
  type Attribute,
  type Attributes,
  floatValue as float,
  floatTensor,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  raiseOpset,
  stringValue as string,
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
