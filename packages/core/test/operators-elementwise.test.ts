/**
 * Activations, the functions they are written with, and products with gates.
 * checkRule and checkGradient expect what the oracle computes.
 */
import { floatValue as float } from "@onnx-lrp/onnx-loader";
import type { Network } from "@onnx-lrp/test-kit/network";
import { describe, test } from "vitest";
import { zplus } from "../src/rules/index.ts";
import { checkGradient, checkRule, type OperatorCase } from "./operator-check.ts";

type Attributes = Parameters<Network["add"]>[2];

const activation = (op: string, attributes: Attributes = {}, opset = 17): OperatorCase => ({
  name: `${op} ${Object.keys(attributes).join(", ")}`.trim(),
  opset,
  build: (g, x) => g.add(op, [g.add("Mul", [x, g.floats([4])])], attributes),
});

const activations: readonly OperatorCase[] = [
  activation("Softsign"),
  activation("Asinh"),
  activation("Atan"),
  activation("Sinh"),
  activation("ThresholdedRelu"),
  activation("ThresholdedRelu", { alpha: float(-0.4) }),
  activation("Shrink", { lambd: float(1.1), bias: float(1.1) }),
  activation("Shrink", { lambd: float(0.8) }),
  activation("Neg"),
  activation("HardSwish"),
  activation("Mish", {}, 18),
  activation("Gelu", {}, 20),
  activation("Swish", {}, 24),
  activation("Swish", { alpha: float(1.7) }, 24),
  { name: "PRelu with a slope a channel", build: (g, x) => g.add("PRelu", [x, g.weights([3, 1, 1])]) },
  { name: "PRelu with one slope", build: (g, x) => g.add("PRelu", [x, g.floats([0.3], [1])]) },
  {
    name: "StarReLU",
    build: (g, x) => g.add("Pow", [g.add("Relu", [x]), g.floats([2], [])]),
  },
  {
    name: "a generalized mean",
    build(g, x) {
      const low = g.add("Clip", [x, g.floats([1e-2], [])]);
      const mean = g.add("GlobalAveragePool", [g.add("Pow", [low, g.floats([3], [])])]);
      return g.add("Pow", [mean, g.floats([1 / 3], [])]);
    },
  },
];

/** A map over space that is no function of x. */
const other = (g: Network, x: string) => g.conv(x, [3, 3, 3, 3], { pads: [1, 1, 1, 1] });
/** One number a channel, made from the mean over space. */
const squeezed = (g: Network, x: string) => g.conv(g.add("GlobalAveragePool", [x]), [3, 3, 1, 1]);
const constant = (g: Network, value: number) => g.floats([value], []);

const first = { Mul: 0 };
const second = { Mul: 1 };

const gates: readonly OperatorCase[] = [
  {
    name: "squeeze and excitation, hard, with Clip, Add and Div",
    signals: first,
    build(g, x) {
      const inner = g.add("Add", [squeezed(g, x), constant(g, 3)]);
      const clipped = g.add("Clip", [inner, constant(g, 0), constant(g, 6)]);
      return g.add("Mul", [x, g.add("Div", [clipped, constant(g, 6)])]);
    },
  },
  {
    name: "squeeze and excitation, hard, with Min and Relu",
    signals: second,
    build(g, x) {
      const inner = g.add("Add", [g.add("Mul", [squeezed(g, x), constant(g, 0.2)]), constant(g, 0.5)]);
      return g.add("Mul", [g.add("Min", [g.add("Relu", [inner]), constant(g, 1)]), x]);
    },
  },
  {
    name: "channel attention over a line (ECA)",
    signals: first,
    build(g, x) {
      const row = g.add("Reshape", [g.add("GlobalAveragePool", [x]), g.ints([0, 1, 3])]);
      const mixed = g.add("Conv", [row, g.weights([1, 1, 3])], { pads: [1, 1] });
      const gate = g.add("Sigmoid", [g.add("Reshape", [mixed, g.ints([0, 3, 1, 1])])]);
      return g.add("Mul", [x, g.add("Expand", [gate, g.ints([1, 3, 4, 6])])]);
    },
  },
  {
    name: "selective kernels",
    signals: first,
    build(g, x) {
      const pair = g.add(
        "Concat",
        [g.add("Unsqueeze", [x, g.ints([1])]), g.add("Unsqueeze", [other(g, x), g.ints([1])])],
        {
          axis: 1,
        },
      );
      const mean = g.add("GlobalAveragePool", [g.add("ReduceSum", [pair, g.ints([1])], { keepdims: 0 })]);
      const scores = g.add("Reshape", [g.conv(mean, [6, 3, 1, 1]), g.ints([0, 2, 3, 1, 1])]);
      const gated = g.add("Mul", [pair, g.add("Softmax", [scores], { axis: 1 })]);
      return g.add("ReduceSum", [gated, g.ints([1])], { keepdims: 0 });
    },
  },
  {
    name: "split attention (ResNeSt), its softmax transposed",
    signals: second,
    build(g, x) {
      const pair = g.add("Reshape", [
        g.add("Concat", [x, other(g, x)], { axis: 1 }),
        g.ints([0, 2, 3, 4, 6]),
      ]);
      const mean = g.add("ReduceMean", [g.add("ReduceSum", [pair, g.ints([1])], { keepdims: 0 })], {
        axes: [2, 3],
      });
      const scores = g.add("Reshape", [g.conv(mean, [6, 3, 1, 1]), g.ints([0, 1, 2, 3])]);
      const soft = g.add("Softmax", [g.add("Transpose", [scores], { perm: [0, 2, 1, 3] })], { axis: 1 });
      const gate = g.add("Reshape", [soft, g.ints([0, 2, 3, 1, 1])]);
      return g.add("ReduceSum", [g.add("Mul", [gate, pair]), g.ints([1])], { keepdims: 0 });
    },
  },
  {
    name: "twice a sigmoid (NFNet)",
    signals: second,
    build: (g, x) => g.add("Mul", [g.add("Mul", [g.add("Sigmoid", [squeezed(g, x)]), constant(g, 2)]), x]),
  },
  {
    name: "one plus a sigmoid",
    signals: first,
    build: (g, x) => g.add("Mul", [x, g.add("Add", [constant(g, 1), g.add("Sigmoid", [other(g, x)])])]),
  },
  {
    name: "one less a sigmoid",
    signals: first,
    build: (g, x) => g.add("Mul", [x, g.add("Sub", [constant(g, 1), g.add("Sigmoid", [other(g, x)])])]),
  },
  {
    name: "a tanh gate",
    signals: first,
    build: (g, x) => g.add("Mul", [other(g, x), g.add("Tanh", [other(g, x)])]),
  },
  {
    name: "a gated linear unit",
    signals: first,
    build(g, x) {
      const [a = "", b = ""] = g.addMany("Split", [g.conv(x, [6, 3, 1, 1]), g.ints([3, 3])], 2, { axis: 1 });
      return g.add("Mul", [a, g.add("Sigmoid", [b])]);
    },
  },
  {
    name: "a tanh and a sigmoid of which the sigmoid is the gate",
    signals: second,
    build: (g, x) => g.add("Mul", [g.add("Sigmoid", [other(g, x)]), g.add("Tanh", [other(g, x)])]),
  },
  {
    name: "a rectified linear unit as gate (ReGLU)",
    signals: second,
    build(g, x) {
      const [a = "", b = ""] = g.addMany("Split", [g.conv(x, [6, 3, 1, 1]), g.ints([3, 3])], 2, { axis: 1 });
      return g.add("Mul", [g.add("Clip", [a, constant(g, 0), constant(g, 6)]), b]);
    },
  },
  ...["Softplus", "ThresholdedRelu", "Selu"].map((op) => ({
    name: `a ${op} as gate`,
    signals: second,
    build(g: Network, x: string) {
      const [a = "", b = ""] = g.addMany("Split", [g.conv(x, [6, 3, 1, 1]), g.ints([3, 3])], 2, { axis: 1 });
      return g.add("Mul", [g.add(op, [a]), b]);
    },
  })),
  {
    name: "a gate in blocks of pixels",
    signals: second,
    build(g, x) {
      const gate = g.add("DepthToSpace", [g.add("Sigmoid", [g.conv(x, [12, 3, 1, 1])])], { blocksize: 2 });
      return g.add("Mul", [gate, g.add("DepthToSpace", [g.conv(x, [12, 3, 1, 1])], { blocksize: 2 })]);
    },
  },
  {
    name: "a sigmoid written out as 1 / (1 + exp(-x))",
    signals: first,
    build(g, x) {
      const power = g.add("Exp", [g.add("Neg", [other(g, x)])]);
      return g.add("Mul", [x, g.add("Div", [constant(g, 1), g.add("Add", [power, constant(g, 1)])])]);
    },
  },
  {
    name: "a softmax written out",
    signals: first,
    build(g, x) {
      const power = g.add("Exp", [other(g, x)]);
      const gate = g.add("Div", [power, g.add("ReduceSum", [power, g.ints([1])])]);
      return g.add("Mul", [x, gate]);
    },
  },
  {
    name: "a product of two gates (coordinate attention)",
    signals: first,
    build(g, x) {
      const rows = g.add("Sigmoid", [g.conv(g.add("ReduceMean", [x], { axes: [2] }), [3, 3, 1, 1])]);
      const columns = g.add("Sigmoid", [g.conv(g.add("ReduceMean", [x], { axes: [3] }), [3, 3, 1, 1])]);
      return g.add("Mul", [x, g.add("Mul", [rows, columns])]);
    },
  },
  {
    name: "a log-softmax in a gate",
    signals: first,
    build: (g, x) => g.add("Mul", [x, g.add("Sigmoid", [g.add("LogSoftmax", [other(g, x)], { axis: 1 })])]),
  },
  ...["ReduceLogSum", "ReduceLogSumExp"].map((op) => ({
    name: `a ${op} in a gate`,
    signals: first,
    build(g: Network, x: string) {
      const sum = g.add(op, [g.add("Softplus", [other(g, x)])], { axes: [1] });
      return g.add("Mul", [x, g.add("Sigmoid", [sum])]);
    },
  })),
  {
    name: "SiLU of a scaled value",
    signals: first,
    build: (g, x) => g.add("Mul", [g.add("Mul", [x, constant(g, 1.3)]), g.add("Sigmoid", [x])]),
  },
  {
    name: "a mask from the value itself",
    signals: first,
    build(g, x) {
      const mask = g.add("Where", [g.add("Greater", [x, constant(g, 0.1)]), constant(g, 1), constant(g, 0)]);
      return g.add("Mul", [x, g.add("Add", [mask, g.add("Sigmoid", [x])])]);
    },
  },
];

describe.each([...activations, ...gates])("$name", (at) => {
  test("rules", async () => {
    await checkRule(at, zplus, "zplus");
    await checkRule(at, zplus, "zplus", "Softplus");
  });
  test("gradient", () => checkGradient(at));
});

describe("products without a gate", () => {
  const products: readonly [string, (g: Network, x: string) => string][] = [
    ["two linear factors", (g, x) => g.add("Mul", [other(g, x), other(g, x)])],
    [
      "two sigmoids",
      (g, x) => g.add("Mul", [g.add("Sigmoid", [other(g, x)]), g.add("Sigmoid", [other(g, x)])]),
    ],
    [
      "a rectifier of which the other factor is made",
      (g, x) => {
        const y = g.add("Relu", [other(g, x)]);
        return g.add("Mul", [y, other(g, y)]);
      },
    ],
    [
      "a rectifier and a repeated vector",
      (g, x) => g.add("Mul", [g.add("Relu", [other(g, x)]), squeezed(g, x)]),
    ],
    [
      "halves of a rectified value of which one is mixed (gMLP)",
      (g, x) => {
        const wide = g.add("Relu", [g.conv(x, [6, 3, 1, 1])]);
        const [a = "", b = ""] = g.addMany("Split", [wide, g.ints([3, 3])], 2, { axis: 1 });
        return g.add("Mul", [a, other(g, b)]);
      },
    ],
    [
      "halves of one value",
      (g, x) => {
        const [a = "", b = ""] = g.addMany("Split", [g.conv(x, [6, 3, 1, 1]), g.ints([3, 3])], 2, {
          axis: 1,
        });
        return g.add("Mul", [a, b]);
      },
    ],
  ];
  test.each(products)("%s: half to each", (name, build) =>
    checkRule({ name, build, signals: { Mul: "both" } }, zplus, "zplus"),
  );
});
