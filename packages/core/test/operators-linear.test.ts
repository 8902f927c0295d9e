/**
 * Convolutions, dense layers and sums in the forms that exporters write.
 * checkRule and checkGradient expect what the oracle computes.
 */
import { floatValue as float } from "@onnx-lrp/onnx-loader";
import type { Network } from "@onnx-lrp/test-kit/network";
import { describe, test } from "vitest";
import { alphaBeta, flat, gamma, zplus } from "../src/rules/index.ts";
import { checkGradient, checkRule, type OperatorCase } from "./operator-check.ts";

type Attributes = Parameters<Network["add"]>[2];

const transposed = (
  name: string,
  weight: readonly number[],
  attributes: Attributes = {},
  size = [3, 3, 4],
): OperatorCase => ({
  name: `ConvTranspose ${name}`,
  size,
  build(g, x) {
    const group = typeof attributes.group === "number" ? attributes.group : 1;
    const bias = g.weights([(weight[1] ?? 0) * group], -0.3, 0.3);
    return g.add("ConvTranspose", [x, g.weights(weight), bias], attributes);
  },
});

const conv = (
  name: string,
  weight: readonly number[],
  attributes: Attributes,
  size = [4, 5, 6],
): OperatorCase => ({
  name: `Conv ${name}`,
  size,
  build: (g, x) => g.conv(x, weight, attributes),
});

const average = (name: string, attributes: Attributes, size = [3, 5, 6], opset = 17): OperatorCase => ({
  name: `AveragePool ${name}`,
  size,
  opset,
  build: (g, x) => g.add("AveragePool", [x], attributes),
});

const norm = (
  op: string,
  name: string,
  attributes: Attributes,
  size = [3, 5, 6],
  opset = 17,
): OperatorCase => ({
  name: `${op} ${name}`,
  size,
  opset,
  build: (g, x) => g.add(op, [x], attributes),
});

const matmul = (name: string, weight: readonly number[], size: readonly number[]): OperatorCase => ({
  name: `MatMul ${name}`,
  size,
  build: (g, x) => g.add("MatMul", [x, g.weights(weight)]),
});

const einsum = (equation: string, weight: readonly number[], size: readonly number[]): OperatorCase => ({
  name: `Einsum ${equation}`,
  size,
  build: (g, x) =>
    g.add("Einsum", equation.startsWith("w") ? [g.weights(weight), x] : [x, g.weights(weight)], {
      equation: equation.replace(/^w:/, ""),
    }),
});

const cases: readonly OperatorCase[] = [
  conv("over a line, in groups, SAME_LOWER", [6, 2, 4], { group: 2, auto_pad: "SAME_LOWER" }, [4, 7]),
  conv("over a line, asymmetric pads, stride 3", [3, 4, 2], { strides: [3], pads: [2, 1] }, [4, 7]),
  conv(
    "over a volume, in groups, asymmetric pads, stride 2, dilated",
    [4, 2, 2, 2, 2],
    { group: 2, strides: [2, 1, 2], dilations: [1, 2, 1], pads: [1, 0, 0, 0, 2, 1] },
    [4, 3, 4, 3],
  ),
  conv("in groups, SAME_UPPER, stride 2", [6, 2, 3, 3], {
    group: 2,
    strides: [2, 2],
    auto_pad: "SAME_UPPER",
  }),
  conv("in groups, VALID, dilated", [4, 2, 2, 2], { group: 2, dilations: [2, 3], auto_pad: "VALID" }),
  transposed("output_shape", [3, 2, 3, 3], { strides: [2, 2], output_shape: [6, 8] }),
  transposed("output_shape, an odd rest", [3, 2, 3, 3], { strides: [2, 2], output_shape: [6, 7] }),
  transposed("output_shape, SAME_UPPER", [3, 2, 4, 3], {
    strides: [2, 2],
    output_shape: [5, 8],
    auto_pad: "SAME_UPPER",
  }),
  transposed("SAME_UPPER, an odd rest", [3, 2, 4, 3], { strides: [1, 2], auto_pad: "SAME_UPPER" }),
  transposed("SAME_LOWER, an odd rest", [3, 2, 4, 3], { strides: [1, 2], auto_pad: "SAME_LOWER" }),
  transposed("VALID", [3, 2, 3, 3], { strides: [2, 1], auto_pad: "VALID" }),
  transposed("in two groups", [4, 3, 3, 2], { group: 2, strides: [2, 2], pads: [1, 0, 0, 1] }, [4, 3, 4]),
  transposed("over a line, in groups", [4, 3, 3], { group: 2, strides: [2], pads: [1, 0] }, [4, 5]),
  transposed("over a line, output_shape", [4, 3, 3], { strides: [3], output_shape: [14] }, [4, 5]),
  transposed(
    "over a volume",
    [2, 3, 2, 2, 3],
    { strides: [2, 1, 2], output_padding: [1, 0, 0] },
    [2, 2, 3, 2],
  ),
  average("ceil_mode, padding counted, hanging over", {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [0, 1, 0, 1],
    ceil_mode: 1,
    count_include_pad: 1,
  }),
  average("dilated", { kernel_shape: [2, 2], dilations: [2, 3] }, [3, 5, 6], 19),
  average(
    "dilated, padded, stride 2",
    { kernel_shape: [2, 3], dilations: [2, 2], strides: [2, 2], pads: [1, 2, 0, 1] },
    [3, 5, 6],
    19,
  ),
  average(
    "dilated, padding counted",
    { kernel_shape: [2, 2], dilations: [2, 1], pads: [1, 0, 0, 1], count_include_pad: 1 },
    [3, 5, 6],
    19,
  ),
  average("over a line, ceil_mode", { kernel_shape: [3], strides: [2], ceil_mode: 1, pads: [1, 0] }, [3, 8]),
  average(
    "over a volume, asymmetric pads",
    { kernel_shape: [2, 2, 2], pads: [1, 0, 1, 0, 1, 0], strides: [1, 2, 1] },
    [2, 2, 3, 4],
  ),
  norm("LpPool", "2x2", { kernel_shape: [2, 2], strides: [2, 2] }),
  norm("LpPool", "p 3, padded, overlapping", { kernel_shape: [3, 3], pads: [1, 0, 1, 1], p: 3 }),
  norm("LpPool", "p 1", { kernel_shape: [2, 3], strides: [1, 2], p: 1 }),
  norm("GlobalLpPool", "", {}),
  norm("GlobalLpPool", "p 3", { p: 3 }),
  norm("ReduceL1", "", { axes: [1], keepdims: 0 }),
  norm("ReduceL2", "over space", { axes: [2, 3] }),
  norm("ReduceL2", "over channels", { axes: [1], keepdims: 0 }),
  norm("ReduceSumSquare", "", { axes: [-1] }),
  norm("ReduceMean", "over channels", { axes: [1] }),
  {
    name: "ReduceSum over space and channels",
    build: (g, x) => g.add("ReduceSum", [x, g.ints([1, 3])], { keepdims: 0 }),
  },
  {
    name: "ReduceMean over every axis but a batch of one",
    batch: 1,
    build(g, x) {
      const mean = g.add("ReduceMean", [x], { keepdims: 1 });
      return g.add("Concat", [g.flatten(mean), g.flatten(x)], { axis: 1 });
    },
  },
  {
    name: "ReduceMean over the first axis of a picture without a batch",
    batch: 1,
    build(g, x) {
      const mean = g.add("ReduceMean", [g.add("Squeeze", [x, g.ints([0])])], { axes: [0], keepdims: 0 });
      return g.add("Unsqueeze", [mean, g.ints([0])]);
    },
  },
  matmul("of one matrix for all", [1, 6, 5], [3, 4, 6]),
  matmul("of a matrix a channel", [3, 6, 5], [3, 4, 6]),
  matmul("of a matrix a channel, with a batch of one", [1, 3, 6, 5], [3, 4, 6]),
  matmul("with a vector", [6], [3, 4, 6]),
  {
    name: "MatMul with many matrices, to which the signal is repeated",
    size: [4, 6],
    build: (g, x) => g.add("MatMul", [g.add("Unsqueeze", [x, g.ints([1])]), g.weights([3, 6, 2])]),
  },
  {
    name: "MatMul of matrices from the left",
    build: (g, x) => g.add("MatMul", [g.weights([3, 5, 4]), x]),
  },
  {
    name: "MatMul from the left of a picture without a batch",
    batch: 1,
    build(g, x) {
      const rows = g.add("Reshape", [x, g.ints([12, 6])]);
      return g.add("Unsqueeze", [g.add("MatMul", [g.weights([5, 12]), rows]), g.ints([0])]);
    },
  },
  { name: "MatMul of a vector from the left", build: (g, x) => g.add("MatMul", [g.weights([4]), x]) },
  {
    name: "MatMul of a signal that is a vector",
    batch: 1,
    build(g, x) {
      const vector = g.add("Reshape", [x, g.ints([72])]);
      return g.add("Unsqueeze", [g.add("MatMul", [vector, g.weights([72, 5])]), g.ints([0])]);
    },
  },
  {
    name: "Gemm with transA",
    batch: 1,
    build(g, x) {
      const column = g.add("Reshape", [x, g.ints([72, 1])]);
      return g.add("Gemm", [column, g.weights([72, 5]), g.weights([5])], { transA: 1, alpha: float(0.7) });
    },
  },
  einsum("bchw,dc->bdhw", [5, 3], [3, 4, 6]),
  einsum("bchw,cd->bhwd", [3, 5], [3, 4, 6]),
  einsum("w:cd,nc->nd", [6, 4], [6]),
  einsum("...c,cd->...d", [6, 4], [3, 4, 6]),
  einsum("bchw,chw->bw", [3, 4, 6], [3, 4, 6]),
  einsum("bc...,c...->bc...", [3, 4, 6], [3, 4, 6]),
  { name: "Sub of two signals", build: (g, x) => g.add("Sub", [x, g.add("Sigmoid", [x])]) },
  {
    name: "Sub of a signal that is repeated",
    build: (g, x) => g.add("Sub", [g.add("ReduceMean", [x], { axes: [2] }), g.conv(x, [3, 3, 1, 1])]),
  },
  {
    name: "an average less the value itself (PoolFormer)",
    build: (g, x) =>
      g.add("Sub", [g.add("AveragePool", [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), x]),
  },
  {
    name: "Mean",
    build: (g, x) => g.add("Mean", [x, g.add("Sigmoid", [x]), g.add("ReduceMean", [x], { axes: [2] })]),
  },
  { name: "Mean of one", build: (g, x) => g.add("Mean", [x]) },
  {
    name: "Mean with a constant",
    build: (g, x) => g.add("Mean", [x, g.weights([3, 1, 1]), g.add("Sigmoid", [x])]),
  },
  {
    name: "Sum with constants",
    build: (g, x) => g.add("Sum", [g.weights([6]), x, g.add("Sigmoid", [x]), g.floats([0.4])]),
  },
  { name: "Sum of a signal and a constant", build: (g, x) => g.add("Sum", [g.weights([3, 1, 1]), x]) },
  {
    name: "Add of a batch of one to several",
    batch: 1,
    build(g, x) {
      const rows = g.add("Reshape", [x, g.ints([12, 6])]);
      const sum = g.add("Add", [rows, g.add("ReduceMean", [rows], { axes: [0] })]);
      return g.add("Reshape", [sum, g.ints([1, 72])]);
    },
  },
];

describe.each(cases)("$name", (at) => {
  test("rules", async () => {
    await checkRule(at, zplus, "zplus");
    await checkRule(at, gamma(0.25), "gamma");
    await checkRule(at, alphaBeta(2, 1), "alpha-beta");
    await checkRule(at, flat, "flat");
    await checkRule(at, zplus, "zplus", "Softplus");
  });
  test("gradient", () => checkGradient(at));
});
