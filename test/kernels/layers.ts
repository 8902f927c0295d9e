/** Networks of one layer, for families of operators that core's linear-cases.ts leaves out. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";

/** One layer, of a value of both signs that has the picture's shape. */
export function around(build: (g: Network, x: string) => string, size = [6, 6], opset = 17): Model {
  const g = network({ input: ["N", 3, ...size], opset });
  const made = build(g, g.add("Tanh", [g.image]));
  return g.model(g.flatten(g.add("Relu", [made])));
}

type Layer = Parameters<typeof around>[0];
type Attributes = Parameters<Network["add"]>[2];

const plain = (op: string, attributes: Attributes = {}): [string, Layer] => [
  op,
  (g, x) => g.add(op, [x], attributes),
];
const pair = (op: string): [string, Layer] => [op, (g, x) => g.add(op, [x, g.add("Sigmoid", [x])])];
const scaled = (op: string, attributes: Attributes = {}): [string, Layer] => [
  op,
  (g, x) => g.add(op, [x, g.weights([3], 0.5, 1), g.weights([3])], attributes),
];
export const pool = { kernel_shape: [2, 2], strides: [2, 2] };

/** With the opset where it is not 17. */
export const layers: readonly [string, Layer, number?][] = [
  ...["LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "Softplus", "Softsign", "HardSigmoid", "HardSwish"].map(
    (op) => plain(op),
  ),
  ...["ThresholdedRelu", "Shrink", "Erf", "Exp", "Abs", "Neg", "Floor", "Identity"].map((op) => plain(op)),
  [...plain("Mish"), 18],
  [...plain("Gelu"), 20],
  [...plain("Swish"), 24],
  ["Clip", (g, x) => g.add("Clip", [x, g.floats([-0.5], []), g.floats([0.5], [])])],
  ["PRelu", (g, x) => g.add("PRelu", [x, g.floats([0.1], [1])])],
  [
    "Log, Sqrt, Reciprocal",
    (g, x) => g.add("Log", [g.add("Sqrt", [g.add("Reciprocal", [g.add("Exp", [x])])])]),
  ],
  ["Pow", (g, x) => g.add("Pow", [x, g.floats([2], [])])],
  ...["Sub", "Mul", "Div", "Max", "Min", "Mean"].map(pair),
  ["Where", (g, x) => g.add("Where", [g.add("Greater", [x, g.floats([0], [])]), x, g.add("Neg", [x])])],
  ["Einsum", (g, x) => g.add("Einsum", [x, g.weights([6, 4])], { equation: "nchw,wd->nchd" })],
  ...["Softmax", "LogSoftmax"].map((op) => plain(op, { axis: 1 })),
  ...["ReduceLogSumExp", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2"].map((op) =>
    plain(op, { axes: [1] }),
  ),
  ["ReduceLogSum", (g, x) => g.add("ReduceLogSum", [g.add("Exp", [x])], { axes: [1] })],
  plain("LRN", { size: 3 }),
  plain("LpNormalization", { axis: 1 }),
  scaled("InstanceNormalization"),
  ["LayerNormalization", (g, x) => g.add("LayerNormalization", [x, g.weights([6]), g.weights([6])])],
  [...scaled("GroupNormalization", { num_groups: 3 }), 21],
  ["RMSNormalization", (g, x) => g.add("RMSNormalization", [x, g.weights([6])]), 23],
  ["BatchNormalization", (g, x) => g.norm(g.add("Abs", [x]), 3)],
  ...["MaxPool", "LpPool"].map((op) => plain(op, pool)),
  ...["GlobalMaxPool", "GlobalLpPool"].map((op) => plain(op)),
  ["Resize, nearest", (g, x) => g.add("Resize", [x, "", g.floats([1, 1, 2, 2])])],
  ["Resize, linear", (g, x) => g.add("Resize", [x, "", g.floats([1, 1, 1.5, 2])], { mode: "linear" })],
  ...["constant", "reflect", "edge"].map((mode): [string, Layer] => [
    `Pad ${mode}`,
    (g, x) => g.add("Pad", [x, g.ints([0, 0, 1, 0, 0, 0, 2, 1])], { mode }),
  ]),
  ["Tile", (g, x) => g.add("Tile", [x, g.ints([1, 2, 1, 3])])],
  ["Expand", (g, x) => g.add("Expand", [g.add("GlobalMaxPool", [x]), g.ints([1, 1, 4, 2])])],
  ["DepthToSpace", (g, x) => g.add("DepthToSpace", [g.conv(x, [4, 3, 1, 1])], { blocksize: 2 })],
  plain("SpaceToDepth", { blocksize: 2 }),
  ["Slice", (g, x) => g.add("Slice", [x, ...[[1], [5], [2], [2]].map((values) => g.ints(values))])],
  ["Gather", (g, x) => g.add("Gather", [x, g.ints([2, 0, 0])], { axis: 1 })],
  ["Split", (g, x) => g.addMany("Split", [x, g.ints([1, 5])], 2, { axis: 2 })[1] ?? ""],
  ["Concat", (g, x) => g.add("Concat", [x, g.add("Abs", [x])], { axis: 1 })],
  plain("Transpose", { perm: [0, 2, 3, 1] }),
  ["TopK", (g, x) => g.addMany("TopK", [x, g.ints([3])], 2)[0] ?? ""],
  ["Squeeze, Unsqueeze", (g, x) => g.add("Squeeze", [g.add("Unsqueeze", [x, g.ints([2])]), g.ints([2])])],
  ["Dropout, Cast", (g, x) => g.add("Cast", [g.addMany("Dropout", [x], 2)[0] ?? ""], { to: 1 })],
  ["Trigonometry", (g, x) => sumOf(g, x, ["Sin", "Cos", "Tan", "Asin", "Acos", "Atan"])],
  ["Hyperbolic functions", (g, x) => sumOf(g, x, ["Sinh", "Cosh", "Asinh", "Atanh"])],
  ["Acosh", (g, x) => g.add("Acosh", [g.add("Add", [g.add("Exp", [x]), g.floats([1], [])])])],
  ["Rounding", (g, x) => g.add("Sum", [x, sumOf(g, x, ["Sign", "Floor", "Ceil", "Round"])])],
  [
    "Comparisons",
    (g, x) => {
      const than = (op: string) => g.add(op, [x, g.floats([0.25], [])]);
      const either = g.add("Or", [than("GreaterOrEqual"), g.add("Not", [than("Less")])]);
      const both = g.add("And", [g.add("And", [either, than("LessOrEqual")]), than("Equal")]);
      return g.add("Where", [both, x, g.add("Neg", [x])]);
    },
  ],
  ...["ReduceSumSquare", "ReduceProd"].map((op) => plain(op, { axes: [1] })),
  ["Hardmax", (g, x) => g.add("Add", [x, g.add("Hardmax", [x], { axis: 1 })])],
  ["SimplifiedLayerNormalization", (g, x) => g.add("SimplifiedLayerNormalization", [x, g.weights([6])])],
];

/** The sum of functions of half a value. */
function sumOf(g: Network, x: string, ops: readonly string[]): string {
  const half = g.add("Mul", [x, g.floats([0.5], [])]);
  return g.add(
    "Sum",
    ops.map((op) => g.add(op, [half])),
  );
}
