/** Every linear operator in the shapes that have bitten someone. */
import { floatValue as float } from "@onnx-lrp/onnx-loader";
import type { Network } from "@onnx-lrp/test-kit/network";

export interface LinearCase {
  readonly name: string;
  /** The picture's height and width; it has three channels. */
  readonly size?: readonly [number, number];
  /** The layer on a value of the picture's shape. */
  build(g: Network, x: string): string;
}

const conv = (
  name: string,
  weight: readonly number[],
  attributes: Parameters<Network["conv"]>[2] = {},
  size: readonly [number, number] = [6, 6],
): LinearCase => ({ name: `Conv ${name}`, size, build: (g, x) => g.conv(x, weight, attributes) });

/** The picture as [N, 3, 12]. */
const line = (g: Network, x: string) => g.add("Reshape", [x, g.ints([0, 3, 12])]);
/** The picture as [N, 3, 2, 4, 4]. */
const volume = (g: Network, x: string) => g.add("Reshape", [x, g.ints([0, 3, 2, 4, 4])]);

const transposed = (
  name: string,
  weight: readonly number[],
  attributes: Parameters<Network["conv"]>[2] = {},
): LinearCase => ({
  name: `ConvTranspose ${name}`,
  size: [3, 4],
  build(g, x) {
    const group = typeof attributes.group === "number" ? attributes.group : 1;
    const bias = g.weights([(weight[1] ?? 0) * group], -0.3, 0.3);
    return g.add("ConvTranspose", [x, g.weights(weight), bias], attributes);
  },
});

const average = (name: string, attributes: Parameters<Network["conv"]>[2]): LinearCase => ({
  name: `AveragePool ${name}`,
  size: [7, 6],
  build: (g, x) => g.add("AveragePool", [x], attributes),
});

const gemm = (
  name: string,
  attributes: Parameters<Network["conv"]>[2],
  bias: readonly number[] | undefined,
): LinearCase => ({
  name: `Gemm ${name}`,
  size: [3, 4],
  build(g, x) {
    const turned = attributes?.transB === 1;
    const weight = g.weights(turned ? [7, 36] : [36, 7]);
    const more = bias === undefined ? [] : [g.weights(bias)];
    return g.add("Gemm", [g.flatten(x), weight, ...more], attributes);
  },
});

/** One of a value's channels. */
const grey = (g: Network, x: string) => g.add("Slice", [x, g.ints([1]), g.ints([2]), g.ints([1])]);
/** One number of each picture next to the picture itself, so that there are several scores. */
const beside = (g: Network, x: string, number: string) =>
  g.add("Concat", [number, g.flatten(x)], { axis: 1 });

/** A list of one number is a vector still: layers with a single channel at one end or both. */
const narrow: readonly LinearCase[] = [
  conv("to one channel", [1, 3, 3, 3], { pads: [1, 1, 1, 1] }),
  conv("to one channel, stride 2", [1, 3, 3, 2], { pads: [1, 1, 0, 0], strides: [2, 2] }),
  conv("1x1 to one channel", [1, 3, 1, 1], {}, [3, 4]),
  { name: "Conv from one channel", build: (g, x) => g.conv(grey(g, x), [4, 1, 3, 3]) },
  {
    name: "Conv from one channel to one",
    build: (g, x) => g.conv(grey(g, x), [1, 1, 3, 3], { pads: [1, 0, 0, 1] }),
  },
  {
    name: "Conv to one channel in each group",
    build: (g, x) => g.conv(g.add("Concat", [x, x], { axis: 1 }), [2, 3, 3, 3], { group: 2 }),
  },
  {
    name: "Conv to one channel without bias",
    build: (g, x) => g.add("Conv", [x, g.weights([1, 3, 3, 3])]),
  },
  {
    name: "Conv over a line to one channel",
    size: [3, 4],
    build: (g, x) => g.conv(line(g, x), [1, 3, 3], { pads: [0, 1] }),
  },
  {
    name: "Conv over a volume to one channel",
    size: [4, 8],
    build: (g, x) => g.conv(volume(g, x), [1, 3, 2, 3, 3]),
  },
  {
    name: "Conv to one channel with its batch normalization",
    build: (g, x) => g.norm(g.conv(x, [1, 3, 3, 3]), 1),
  },
  transposed("to one channel, stride 2", [3, 1, 2, 2], { strides: [2, 2] }),
  transposed("to one channel in each group", [3, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1] }),
  {
    name: "ConvTranspose from one channel to one",
    size: [3, 4],
    build: (g, x) => g.add("ConvTranspose", [grey(g, x), g.weights([1, 1, 2, 2]), g.weights([1])]),
  },
  {
    name: "Gemm to one number",
    size: [3, 4],
    build: (g, x) => beside(g, x, g.add("Gemm", [g.flatten(x), g.weights([36, 1]), g.weights([1])])),
  },
  {
    name: "Gemm from one number",
    size: [3, 4],
    build(g, x) {
      const one = grey(g, g.flatten(x));
      return g.add("Gemm", [one, g.weights([5, 1]), g.weights([5])], { transB: 1 });
    },
  },
  {
    name: "MatMul to one number, and a term",
    size: [3, 4],
    build: (g, x) =>
      beside(g, x, g.add("Add", [g.add("MatMul", [g.flatten(x), g.weights([36, 1])]), g.weights([1])])),
  },
];

/** Layers with weights, which can be a network's first. */
export const weighted: readonly LinearCase[] = [
  ...narrow,
  conv("3x3, padded", [4, 3, 3, 3], { pads: [1, 1, 1, 1] }),
  conv("3x3, unpadded", [4, 3, 3, 3]),
  {
    name: "Conv without bias",
    build: (g, x) => g.add("Conv", [x, g.weights([4, 3, 3, 3])], { kernel_shape: [3, 3] }),
  },
  conv("1x1", [4, 3, 1, 1]),
  conv("1x1, stride 2", [4, 3, 1, 1], { strides: [2, 2] }),
  conv("1x1, padded", [4, 3, 1, 1], { pads: [1, 1, 1, 1] }, [3, 3]),
  conv("3x3, stride 2", [4, 3, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
  conv("3x3, stride 2, odd size", [4, 3, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }, [7, 5]),
  conv("3x3, stride 3", [4, 3, 3, 3], { strides: [3, 3] }, [8, 8]),
  conv("2x2, stride 3, which skips pixels", [4, 3, 2, 2], { strides: [3, 3] }, [7, 7]),
  conv("3x2, strides 1 and 2", [4, 3, 3, 2], { strides: [1, 2], pads: [0, 1, 1, 0] }),
  conv("dilated", [4, 3, 3, 3], { dilations: [2, 2], pads: [2, 2, 2, 2] }),
  conv("dilated, stride 2", [4, 3, 3, 3], { dilations: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1] }, [7, 7]),
  conv("asymmetric pads", [4, 3, 3, 3], { pads: [0, 1, 2, 0] }),
  conv("asymmetric pads, stride 2", [4, 3, 3, 3], { pads: [0, 0, 1, 1], strides: [2, 2] }),
  conv("pads beyond the kernel", [4, 3, 2, 2], { pads: [3, 0, 2, 3] }, [4, 4]),
  conv("pads beyond the kernel, stride 2", [4, 3, 2, 2], { pads: [3, 0, 2, 3], strides: [2, 2] }, [4, 4]),
  conv("kernel larger than the picture", [4, 3, 5, 5], { pads: [2, 2, 2, 2] }, [3, 3]),
  conv("kernel as large as the picture", [4, 3, 4, 4], {}, [4, 4]),
  conv("SAME_UPPER", [4, 3, 4, 4], { auto_pad: "SAME_UPPER", strides: [2, 2] }, [5, 6]),
  conv("SAME_LOWER", [4, 3, 2, 2], { auto_pad: "SAME_LOWER" }),
  conv("SAME_LOWER, stride 2", [4, 3, 4, 4], { auto_pad: "SAME_LOWER", strides: [2, 2] }, [5, 6]),
  conv("SAME_UPPER, stride beyond the kernel", [4, 3, 1, 1], { auto_pad: "SAME_UPPER", strides: [2, 2] }),
  conv("VALID", [4, 3, 3, 3], { auto_pad: "VALID", strides: [2, 2] }),
  conv("depthwise", [3, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1] }),
  conv("depthwise, stride 2", [3, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1], strides: [2, 2] }),
  conv("depthwise, multiplier 2", [6, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1] }),
  conv("depthwise, multiplier 2, stride 2", [6, 1, 2, 3], { group: 3, strides: [2, 2] }),
  {
    name: "Conv in two groups",
    build: (g, x) =>
      g.conv(g.add("Concat", [x, x], { axis: 1 }), [4, 3, 3, 3], { group: 2, pads: [1, 0, 0, 1] }),
  },
  {
    name: "Conv in two groups, stride 2, dilated",
    size: [7, 7],
    build: (g, x) =>
      g.conv(g.add("Concat", [x, x], { axis: 1 }), [4, 3, 3, 2], {
        group: 2,
        strides: [2, 2],
        dilations: [2, 1],
      }),
  },
  {
    name: "Conv over a line",
    size: [3, 4],
    build: (g, x) => g.conv(line(g, x), [4, 3, 3], { pads: [0, 1], strides: [2] }),
  },
  {
    name: "Conv over a line, dilated",
    size: [3, 4],
    build: (g, x) => g.conv(line(g, x), [4, 3, 3], { dilations: [3], pads: [2, 1] }),
  },
  {
    name: "Conv over a volume",
    size: [4, 8],
    build: (g, x) => g.conv(volume(g, x), [2, 3, 2, 3, 3], { pads: [1, 1, 0, 0, 1, 1] }),
  },
  {
    name: "Conv over a volume, stride 2",
    size: [4, 8],
    build: (g, x) => g.conv(volume(g, x), [2, 3, 1, 3, 2], { strides: [1, 2, 2], pads: [0, 1, 0, 0, 1, 0] }),
  },
  {
    name: "Conv with its batch normalization",
    build: (g, x) => g.norm(g.conv(x, [4, 3, 3, 3], { pads: [1, 1, 1, 1] }), 4),
  },
  {
    name: "Conv in groups with its batch normalization",
    build: (g, x) => g.norm(g.add("Conv", [x, g.weights([6, 1, 3, 3])], { group: 3 }), 6),
  },
  transposed("2x2, stride 2", [3, 4, 2, 2], { strides: [2, 2] }),
  transposed("3x3", [3, 4, 3, 3], { pads: [1, 1, 1, 1] }),
  transposed("3x3, stride 2, output padding", [3, 4, 3, 3], {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    output_padding: [1, 1],
  }),
  transposed("asymmetric pads, dilated", [3, 2, 3, 3], { dilations: [2, 1], pads: [1, 0, 0, 2] }),
  transposed("in groups", [3, 2, 3, 3], { group: 3, strides: [2, 1], pads: [1, 1, 0, 0] }),
  transposed("SAME_UPPER", [3, 2, 3, 3], { auto_pad: "SAME_UPPER", strides: [2, 2] }),
  {
    name: "ConvTranspose with its batch normalization",
    size: [3, 4],
    build: (g, x) => g.norm(g.add("ConvTranspose", [x, g.weights([3, 4, 2, 2])], { strides: [2, 2] }), 4),
  },
  gemm("plain", {}, [7]),
  gemm("transposed", { transB: 1 }, [7]),
  gemm("without bias", {}, undefined),
  gemm("with alpha and beta", { alpha: float(-0.7), beta: float(1.6), transB: 1 }, [1, 7]),
  gemm("with a single bias", { alpha: float(0.3) }, [1]),
  gemm("with beta 0", { beta: float(0) }, [7]),
  {
    name: "Gemm with its batch normalization",
    size: [3, 4],
    build(g, x) {
      const attributes = { alpha: float(-1.2), beta: float(0.6), transB: 1 };
      return g.norm(g.add("Gemm", [g.flatten(x), g.weights([5, 36]), g.weights([5])], attributes), 5);
    },
  },
  {
    name: "MatMul of a matrix",
    size: [3, 4],
    build: (g, x) => g.add("MatMul", [g.flatten(x), g.weights([36, 5])]),
  },
  {
    name: "MatMul with its batch normalization",
    size: [3, 4],
    build: (g, x) => g.norm(g.add("MatMul", [g.flatten(x), g.weights([36, 5])]), 5),
  },
  {
    name: "MatMul over the last axis",
    size: [3, 4],
    build: (g, x) => g.add("MatMul", [x, g.weights([4, 5])]),
  },
  {
    name: "MatMul from the left",
    size: [3, 4],
    build: (g, x) => g.add("MatMul", [g.weights([5, 3]), x]),
  },
];

/** Layers whose weights are all alike. */
export const unweighted: readonly LinearCase[] = [
  { name: "Add of two signals", build: (g, x) => g.add("Add", [x, g.add("Sigmoid", [x])]) },
  { name: "Add of a signal to itself", build: (g, x) => g.add("Add", [x, x]) },
  {
    name: "Add of signals of both signs",
    build: (g, x) => g.add("Add", [g.add("Mul", [x, g.floats([-0.7], [1])]), g.add("Relu", [x])]),
  },
  {
    name: "Add of a signal that is broadcast",
    build: (g, x) => g.add("Add", [g.add("GlobalAveragePool", [x]), x]),
  },
  {
    name: "Add of signals that are both broadcast",
    build(g, x) {
      const rows = g.add("ReduceMean", [x], { axes: [2] });
      return g.add("Add", [rows, g.add("ReduceMean", [x], { axes: [-1] })]);
    },
  },
  { name: "Sum of three, one of them twice", build: (g, x) => g.add("Sum", [x, g.add("Tanh", [x]), x]) },
  average("2x2, side by side", { kernel_shape: [2, 2], strides: [2, 2] }),
  average("3x2, side by side, nothing left over", { kernel_shape: [7, 3], strides: [7, 3] }),
  average("3x3, overlapping", { kernel_shape: [3, 3], strides: [2, 2] }),
  average("3x3, stride 1, padded, padding not counted", { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  average("3x3, stride 1, padded, padding counted", {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
    count_include_pad: 1,
  }),
  average("asymmetric pads, not counted", { kernel_shape: [3, 2], pads: [0, 1, 2, 0], strides: [2, 1] }),
  average("asymmetric pads, counted", {
    kernel_shape: [3, 2],
    pads: [0, 1, 2, 0],
    strides: [2, 1],
    count_include_pad: 1,
  }),
  average("ceil_mode", { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 }),
  average("ceil_mode, padded", { kernel_shape: [3, 3], strides: [3, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  average("ceil_mode, padding counted, nothing left over", {
    kernel_shape: [3, 2],
    strides: [2, 2],
    ceil_mode: 1,
    count_include_pad: 1,
  }),
  average("SAME_UPPER", { kernel_shape: [2, 2], auto_pad: "SAME_UPPER" }),
  average("SAME_LOWER, stride 2, counted", {
    kernel_shape: [3, 3],
    strides: [2, 2],
    auto_pad: "SAME_LOWER",
    count_include_pad: 1,
  }),
  average("stride beyond the kernel", { kernel_shape: [2, 1], strides: [3, 2] }),
  {
    name: "AveragePool over a line",
    size: [3, 4],
    build: (g, x) => g.add("AveragePool", [line(g, x)], { kernel_shape: [3], strides: [2], pads: [1, 0] }),
  },
  {
    name: "AveragePool over a volume",
    size: [4, 8],
    build: (g, x) => g.add("AveragePool", [volume(g, x)], { kernel_shape: [2, 2, 3], strides: [1, 2, 1] }),
  },
  { name: "GlobalAveragePool", build: (g, x) => g.add("GlobalAveragePool", [x]) },
  {
    name: "ReduceMean over space",
    build: (g, x) => g.add("ReduceMean", [x], { axes: [2, 3], keepdims: 0 }),
  },
  { name: "ReduceMean over one axis, kept", build: (g, x) => g.add("ReduceMean", [x], { axes: [-2] }) },
  {
    name: "ReduceSum over space",
    build: (g, x) => g.add("ReduceSum", [x, g.ints([-1, 2])], { keepdims: 0 }),
  },
];
