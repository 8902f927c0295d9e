import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import {
  type Attribute,
  type Attributes,
  type DataType,
  dequantize,
  float,
  floatTensor,
  foldConstants,
  inferShapes,
  int,
  int64Tensor,
  ints,
  type Model,
  type Node,
  raiseOpset,
  readModel,
  type Tensor,
  toFloat32,
} from "../src/index.ts";
import { difference, noise, run, runtime, testModels } from "./shared.ts";

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
};
type Integer = keyof typeof arrays;

/** A constant of integers. */
function integers(name: string, type: Integer, dims: readonly number[], values: readonly number[]): Tensor {
  const view = arrays[type].from(values);
  return {
    name,
    type,
    dims,
    storage: { kind: "raw", bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) },
  };
}

const count = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Whole numbers between -most and most, always the same. */
function whole(size: number, most: number, seed = 1): number[] {
  return Array.from(noise(size, seed), (one) => Math.round(one * most));
}

function weights(name: string, type: Integer, dims: readonly number[], seed = 3): Tensor {
  const shift = type.startsWith("u") ? 5 : 0;
  return integers(
    name,
    type,
    dims,
    whole(count(dims), 5, seed).map((one) => one + shift),
  );
}

/** Scale and zero point of a tensor, under the names NAME/s and NAME/z. */
function grid(name: string, scale: number, type: Integer, zero = 0): Tensor[] {
  return [floatTensor(`${name}/s`, [], [scale]), integers(`${name}/z`, type, [], [zero])];
}

const sz = (...names: readonly string[]): string[] =>
  names.flatMap((name) => [name, `${name}/s`, `${name}/z`]);

const quantize = (x: string, q: string): Node => node("QuantizeLinear", [x, `${q}/s`, `${q}/z`], [q]);
const dequantized = (q: string, y: string, grid = q): Node =>
  node("DequantizeLinear", [q, `${grid}/s`, `${grid}/z`], [y]);

function microsoft(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
): Node {
  return { ...node(op, inputs, outputs, attributes), domain: "com.microsoft" };
}

interface Case {
  readonly title: string;
  readonly dims: readonly number[];
  readonly nodes: readonly Node[];
  readonly constants: readonly Tensor[];
  readonly opset?: number;
  /** The largest whole number of steps that is fed. */
  readonly most?: number;
  /** How far apart both may be, where what comes out does not lie on the grid. */
  readonly within?: number;
}

/** Every scale is a power of two, so that on the grid nothing is rounded, and both networks give the same numbers. */
const step = 1 / 8;

function modelFor({ nodes, constants, dims, opset = 17 }: Case): Model {
  const model = modelOf({
    opset,
    nodes,
    inputs: [value("x", dims)],
    outputs: [output("y")],
    initializers: constants,
  });
  return { ...model, irVersion: 10, opsets: { "": opset, "com.microsoft": 1 } };
}

const quantizing = new Set(["uint8", "int8", "uint16", "int16", "int4", "uint4"]);

/** No integers but weights and shapes may be left on the way. */
async function isFloat(model: Model): Promise<void> {
  const shapes = await inferShapes(model, runtime, { sizes: {} });
  const folded = await foldConstants(model, shapes, runtime);
  const left = folded.model.graph.nodes.filter(
    ({ op, outputs }) =>
      /Quant|QLinear|QGemm|Integer/.test(op) || quantizing.has(shapes.get(outputs[0] ?? "")?.type ?? ""),
  );
  expect(left).toEqual([]);
}

const conv = { kernel_shape: ints([3, 3]), pads: ints([1, 0, 1, 2]), strides: ints([1, 2]) };
const qlinear: readonly Case[] = (["uint8", "int8"] as const).flatMap((type) => {
  const zero = type === "uint8" ? 128 : 3;
  const xGrid = grid("q", step, type, zero);
  const close = grid("r", 1 / 32, type, zero);
  const coarse = grid("r", 1 / 2, type, zero);
  const one = (
    title: string,
    dims: readonly number[],
    made: readonly Node[],
    constants: readonly Tensor[],
  ): Case => ({
    title: `${title} of ${type}`,
    dims,
    nodes: [quantize("x", "q"), ...made, dequantized("r", "y")],
    constants: [...xGrid, ...constants],
  });
  const image = [1, 2, 5, 6];
  const row = [4, 6];
  const unary = (op: string, attributes: Attributes = {}, dims = row) =>
    one(op, dims, [microsoft(op, [...sz("q"), "r/s", "r/z"], ["r"], attributes)], close);
  return [
    one(
      "QLinearConv",
      image,
      [node("QLinearConv", [...sz("q", "w"), "r/s", "r/z", "b"], ["r"], conv)],
      [
        ...close,
        weights("w", "int8", [4, 2, 3, 3]),
        floatTensor("w/s", [4], [1 / 4, 1 / 2, 1 / 4, 1 / 4]),
        integers("w/z", "int8", [4], [0, 0, 0, 0]),
        integers("b", "int32", [4], [1, 20, -30, 4]),
      ],
    ),
    one(
      "grouped QLinearConv without bias",
      image,
      [node("QLinearConv", [...sz("q", "w"), "r/s", "r/z"], ["r"], { ...conv, group: int(2) })],
      [...close, weights("w", type, [4, 1, 3, 3]), ...grid("w", 1 / 4, type, type === "uint8" ? 5 : 0)],
    ),
    {
      ...one(
        "QLinearConv whose output is rounded",
        image,
        [node("QLinearConv", [...sz("q", "w"), "r/s", "r/z"], ["r"], conv)],
        [...coarse, weights("w", "int8", [4, 2, 3, 3]), ...grid("w", 1 / 4, "int8")],
      ),
      within: 0.25,
    },
    one(
      "QLinearMatMul",
      row,
      [node("QLinearMatMul", [...sz("q", "w"), "r/s", "r/z"], ["r"])],
      [...close, weights("w", type, [6, 3]), ...grid("w", 1 / 4, type, 1)],
    ),
    one(
      "QGemm",
      row,
      [
        microsoft("QGemm", [...sz("q", "w"), "b", "r/s", "r/z"], ["r"], {
          alpha: float(0.5),
          transB: int(1),
        }),
      ],
      [
        ...grid("r", 1 / 64, type, zero),
        weights("w", "int8", [3, 6]),
        floatTensor("w/s", [3], [1 / 4, 1 / 2, 1 / 4]),
        integers("w/z", "int8", [3], [0, 0, 0]),
        integers("b", "int32", [3], [1, 20, -30]),
      ],
    ),
    {
      ...one("QGemm that gives floats", row, [], []),
      nodes: [quantize("x", "q"), microsoft("QGemm", [...sz("q", "w"), "b"], ["y"], { alpha: float(2) })],
      constants: [
        ...xGrid,
        weights("w", "int8", [6, 3]),
        ...grid("w", 1 / 4, "int8"),
        integers("b", "int32", [3], [1, 20, -30]),
      ],
    },
    one(
      "QLinearAdd of two and Mul with a constant",
      row,
      [
        microsoft("QLinearAdd", [...sz("q", "q"), "s/s", "s/z"], ["s"]),
        microsoft("QLinearMul", [...sz("s", "k"), "r/s", "r/z"], ["r"]),
      ],
      [...close, ...grid("s", 1 / 4, type, 9), weights("k", type, [6]), ...grid("k", 1 / 4, type, 1)],
    ),
    { ...unary("QLinearLeakyRelu", { alpha: float(0.25) }) },
    { ...unary("QLinearSigmoid"), within: 1 / 32 },
    {
      ...one(
        "QLinearSoftmax",
        row,
        [microsoft("QLinearSoftmax", [...sz("q"), "r/s", "r/z"], ["r"], { axis: int(-1), opset: int(13) })],
        grid("r", 1 / 256, type, type === "uint8" ? 0 : -128),
      ),
      within: 1 / 128,
    },
    {
      ...one(
        "QLinearSoftmax of old",
        [2, 3, 4],
        [microsoft("QLinearSoftmax", [...sz("q"), "r/s", "r/z"], ["r"], { axis: int(1), opset: int(12) })],
        grid("r", 1 / 256, type, type === "uint8" ? 0 : -128),
      ),
      within: 1 / 128,
    },
    {
      ...unary(
        "QLinearAveragePool",
        { kernel_shape: ints([2, 2]), pads: ints([1, 1, 0, 0]), count_include_pad: int(1) },
        image,
      ),
    },
    {
      ...one(
        "QLinearAveragePool, channels last",
        [1, 5, 6, 2],
        [
          microsoft("QLinearAveragePool", [...sz("q"), "r/s", "r/z"], ["r"], {
            kernel_shape: ints([2, 2]),
            channels_last: int(1),
          }),
        ],
        close,
      ),
    },
    { ...unary("QLinearGlobalAveragePool", {}, [2, 3, 4, 4]), within: 1 / 32 },
    {
      ...unary("QLinearGlobalAveragePool", { channels_last: int(1) }, [2, 4, 4, 3]),
      title: `QLinearGlobalAveragePool, channels last, of ${type}`,
      within: 1 / 32,
    },
    one(
      "QLinearConcat",
      row,
      [microsoft("QLinearConcat", ["r/s", "r/z", ...sz("q", "k", "q")], ["r"], { axis: int(0) })],
      [...close, weights("k", type, [2, 6]), ...grid("k", 1 / 16, type, 1)],
    ),
    one(
      "QLinearWhere",
      row,
      [microsoft("QLinearWhere", ["mask", ...sz("q", "k"), "r/s", "r/z"], ["r"])],
      [
        ...close,
        weights("k", type, [6]),
        ...grid("k", 1 / 4, type, 1),
        {
          name: "mask",
          type: "bool",
          dims: [6],
          storage: { kind: "raw", bytes: Uint8Array.of(1, 0, 1, 1, 0, 0) },
        },
      ],
    ),
  ];
});

const moved = (
  op: string,
  more: readonly string[],
  attributes: Attributes,
  constants: readonly Tensor[] = [],
): Case => ({
  title: `${op} of integers`,
  dims: [1, 4, 6, 8],
  nodes: [quantize("x", "q"), node(op, ["q", ...more], ["r"], attributes), dequantized("r", "y", "q")],
  constants: [...grid("q", step, "uint8", 100), ...constants],
});

const linear: readonly Case[] = [
  ...(["uint8", "int8", "uint16", "int16"] as const).map(
    (type): Case => ({
      title: `QuantizeLinear and DequantizeLinear of ${type} that saturates`,
      dims: [3, 40],
      opset: type.endsWith("16") ? 21 : 17,
      most: type.endsWith("16") ? 60_000 : 300,
      nodes: [quantize("x", "q"), dequantized("q", "y")],
      constants: grid("q", step, type, type.startsWith("u") ? 7 : -3),
    }),
  ),
  {
    title: "quantizers without a zero point",
    dims: [3, 40],
    most: 400,
    nodes: [node("QuantizeLinear", ["x", "s"], ["q"]), node("DequantizeLinear", ["q", "s"], ["y"])],
    constants: [floatTensor("s", [1], [step])],
  },
  {
    title: "com.microsoft's quantizers",
    dims: [3, 40],
    most: 200,
    nodes: [
      microsoft("QuantizeLinear", ["x", "q/s", "q/z"], ["q"]),
      microsoft("DequantizeLinear", ["q", "q/s", "q/z"], ["y"]),
    ],
    constants: grid("q", step, "int8", 4),
  },
  {
    title: "integers that are read under another scale and zero point",
    dims: [3, 4],
    nodes: [quantize("x", "q"), dequantized("q", "y", "other")],
    constants: [...grid("q", step, "uint8", 128), ...grid("other", 1 / 2, "uint8", 100)],
  },
  {
    title: "integers of a computed scale",
    dims: [3, 40],
    most: 200,
    nodes: [node("Mul", ["half", "half"], ["q/s"]), quantize("x", "q"), dequantized("q", "y")],
    constants: [floatTensor("half", [], [1 / 4]), integers("q/z", "int8", [], [5])],
  },
  moved("MaxPool", [], { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) }),
  moved("Transpose", [], { perm: ints([0, 2, 3, 1]) }),
  moved("Flatten", [], {}),
  moved("Reshape", ["to"], {}, [int64Tensor("to", [2], [4, -1])]),
  moved("Slice", ["from", "to", "along"], {}, [
    int64Tensor("from", [1], [1]),
    int64Tensor("to", [1], [3]),
    int64Tensor("along", [1], [2]),
  ]),
  moved("Pad", ["pads", "filling"], {}, [
    int64Tensor("pads", [8], [0, 0, 1, 1, 0, 0, 1, 0]),
    integers("filling", "uint8", [], [110]),
  ]),
  moved("Pad", ["pads"], {}, [int64Tensor("pads", [8], [0, 0, 1, 1, 0, 0, 1, 0])]),
  moved("Resize", ["", "scales"], { mode: { kind: "string", value: "nearest" } }, [
    floatTensor("scales", [4], [1, 1, 2, 2]),
  ]),
  moved("DepthToSpace", [], { blocksize: int(2) }),
  moved("Gather", ["at"], { axis: int(1) }, [int64Tensor("at", [2], [2, 0])]),
  {
    title: "Concat and Split of integers, and Relu",
    dims: [2, 6],
    nodes: [
      quantize("x", "q"),
      node("Concat", ["q", "k", "q"], ["c"], { axis: int(0) }),
      node("Split", ["c"], ["a", "b"], { axis: int(1) }),
      dequantized("a", "da", "q"),
      dequantized("b", "db", "q"),
      node("Add", ["da", "db"], ["y"]),
    ],
    constants: [...grid("q", step, "int8", 10), weights("k", "int8", [1, 6])],
  },
  ...[0, 10].map(
    (zero): Case => ({
      title: `Relu of integers whose zero point is ${zero}`,
      dims: [4, 6],
      nodes: [quantize("x", "q"), node("Relu", ["q"], ["r"]), dequantized("r", "y", "q")],
      constants: grid("q", step, "int8", zero),
    }),
  ),
  {
    title: "a shape of integers",
    dims: [2, 6],
    nodes: [
      quantize("x", "q"),
      node("Shape", ["q"], ["shape"]),
      dequantized("q", "d"),
      node("Expand", ["d", "shape"], ["y"]),
    ],
    constants: grid("q", step, "int8"),
  },
  {
    title: "MatMulInteger with a bias of integers, cast and scaled",
    dims: [4, 6],
    nodes: [
      quantize("x", "q"),
      node("MatMulInteger", ["q", "w", "q/z", "w/z"], ["m"]),
      node("Add", ["m", "b"], ["sum"]),
      node("Cast", ["sum"], ["f"], { to: int(1) }),
      node("Mul", ["f", "scale"], ["y"]),
    ],
    constants: [
      ...grid("q", step, "uint8", 128),
      weights("w", "int8", [6, 3]),
      integers("w/z", "int8", [3], [1, 0, -2]),
      integers("b", "int32", [3], [100, -50, 3]),
      floatTensor("scale", [3], [1 / 4, 1 / 8, 2]),
    ],
  },
  {
    title: "ConvInteger with weights of their own zero points",
    dims: [1, 2, 5, 6],
    nodes: [
      quantize("x", "q"),
      node("ConvInteger", ["q", "w", "q/z", "w/z"], ["m"], conv),
      node("Cast", ["m"], ["y"], { to: int(1) }),
    ],
    constants: [
      ...grid("q", step, "uint8", 128),
      weights("w", "uint8", [3, 2, 3, 3]),
      integers("w/z", "uint8", [], [4]),
    ],
  },
  {
    title: "a zero point that is not the tensor's",
    dims: [4, 6],
    nodes: [
      quantize("x", "q"),
      node("MatMulInteger", ["q", "w", "other"], ["m"]),
      node("Cast", ["m"], ["y"], { to: int(1) }),
    ],
    constants: [
      ...grid("q", step, "uint8", 128),
      integers("other", "uint8", [], [120]),
      weights("w", "int8", [6, 3]),
    ],
  },
];

/** Scales from the picture: what is rounded differs by picture, so that both networks are only near one another. */
const dynamic: readonly Case[] = [
  {
    title: "DynamicQuantizeLinear, MatMulInteger, Cast and Mul",
    dims: [4, 6],
    within: 0.25,
    nodes: [
      node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
      node("MatMulInteger", ["q", "w", "qz", "w/z"], ["m"]),
      node("Cast", ["m"], ["f"], { to: int(1) }),
      node("Mul", ["qs", "w/s"], ["scale"]),
      node("Mul", ["f", "scale"], ["y"]),
    ],
    constants: [
      weights("w", "int8", [6, 3]),
      floatTensor("w/s", [3], [1 / 4, 1 / 8, 1 / 2]),
      integers("w/z", "int8", [3], [1, 0, 2]),
    ],
  },
  {
    title: "DynamicQuantizeLinear and ConvInteger",
    dims: [1, 2, 5, 6],
    within: 0.5,
    nodes: [
      node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
      node("ConvInteger", ["q", "w", "qz", "w/z"], ["m"], conv),
      node("Cast", ["m"], ["f"], { to: int(1) }),
      node("Mul", ["qs", "w/s"], ["scale"]),
      node("Mul", ["f", "scale"], ["y"]),
    ],
    constants: [weights("w", "int8", [4, 2, 3, 3]), ...grid("w", 1 / 4, "int8")],
  },
  {
    title: "DynamicQuantizeMatMul",
    dims: [4, 6],
    within: 0.25,
    nodes: [microsoft("DynamicQuantizeMatMul", ["x", "w", "w/s", "w/z", "bias"], ["y"])],
    constants: [
      weights("w", "int8", [6, 3]),
      floatTensor("w/s", [3], [1 / 4, 1 / 8, 1 / 2]),
      integers("w/z", "int8", [3], [0, 0, 0]),
      floatTensor("bias", [3], [1, 2, 3]),
    ],
  },
  {
    title: "DynamicQuantizeLinear and MatMulIntegerToFloat",
    dims: [4, 6],
    within: 0.25,
    nodes: [
      node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
      microsoft("MatMulIntegerToFloat", ["q", "w", "qs", "w/s", "qz", "w/z", "bias"], ["y"]),
    ],
    constants: [
      weights("w", "uint8", [6, 3]),
      ...grid("w", 1 / 4, "uint8", 5),
      floatTensor("bias", [3], [1, 2, 3]),
    ],
  },
];

test.each([...linear, ...qlinear, ...dynamic].map((one) => [one.title, one] as const))(
  "%s",
  async (_, one) => {
    const model = modelFor(one);
    const result = dequantize(model);
    expect(result.altered).toBe("dequantized");
    expect(result.changed.join()).toMatch(/^The quantization of \d+ activations? is taken out/);
    await isFloat(result.model);
    const fed = whole(count(one.dims), one.most ?? 20, 11).map((steps) => steps * step);
    const feeds = { x: new ort.Tensor("float32", Float32Array.from(fed), one.dims) };
    const [before, after] = [(await run(model, feeds)).y, (await run(result.model, feeds)).y];
    expect(difference(before, after)).toBeLessThanOrEqual(one.within ?? 1e-6);
    expect(new Set(Array.from(after?.data ?? [], Number)).size).toBeGreaterThan(2);
  },
);

test("a mean of quantized values, which onnxruntime itself cannot compute", async () => {
  const constants = [...grid("q", step, "uint8", 128), ...grid("r", 1 / 32, "uint8", 128)];
  const attributes = { axes: ints([1]), keepdims: int(0) };
  const mean = microsoft("QLinearReduceMean", [...sz("q"), "r/s", "r/z"], ["r"], attributes);
  for (const opset of [17, 18]) {
    const dims = [3, 4];
    const model = modelFor({
      title: "",
      dims,
      opset,
      nodes: [quantize("x", "q"), mean, dequantized("r", "y")],
      constants,
    });
    const x = Float32Array.from(whole(12, 20), (steps) => steps * step);
    const { y } = await run(dequantize(model).model, { x: new ort.Tensor("float32", x, dims) });
    const wanted = [0, 1, 2].map((row) => x.slice(4 * row, 4 * row + 4).reduce((a, b) => a + b, 0) / 4);
    expect(Array.from(y?.data ?? [], Number)).toEqual(wanted);
  }
});

const picture = [1, 2, 5, 6];
const kernel = weights("w", "int8", [3, 2, 3, 3]);

test.each([
  ["DequantizeLinear", [dequantized("x", "y")], []],
  [
    "QLinearConv",
    [node("QLinearConv", [...sz("x", "w"), "r/s", "r/z"], ["r"], conv), dequantized("r", "y")],
    [kernel, ...grid("w", 1 / 4, "int8"), ...grid("r", 1, "uint8", 120)],
  ],
  [
    "ConvInteger",
    [node("ConvInteger", ["x", "w", "x/z"], ["m"], conv), node("Cast", ["m"], ["y"], { to: int(1) })],
    [kernel],
  ],
  [
    "Transpose and DequantizeLinear",
    [node("Transpose", ["x"], ["t"], { perm: ints([0, 3, 1, 2]) }), dequantized("t", "y", "x")],
    [],
  ],
] as const)("a picture of bytes goes into %s as it is", async (_, nodes, constants) => {
  const model = modelOf({
    nodes,
    inputs: [value("x", picture, "uint8")],
    outputs: [output("y")],
    initializers: [...grid("x", 1 / 64, "uint8", 100), ...constants],
  });
  const { model: changed } = dequantize(model);
  expect(changed.graph.inputs).toEqual(model.graph.inputs);
  const feeds = {
    x: new ort.Tensor(
      "uint8",
      Uint8Array.from({ length: 60 }, (_, i) => i * 4),
      picture,
    ),
  };
  const [before, after] = [(await run(model, feeds)).y, (await run(changed, feeds)).y];
  expect(difference(before, after)).toBeLessThanOrEqual(0.5);
});

test("a quantized output becomes the floats that it stands for", async () => {
  const model = modelOf({
    nodes: [quantize("x", "q"), node("MaxPool", ["q"], ["r"], { kernel_shape: ints([2, 2]) })],
    inputs: [value("x", picture)],
    outputs: [value("r", [1, 2, 4, 5], "uint8"), output("q")],
    initializers: grid("q", step, "uint8", 128),
  });
  const { model: changed } = dequantize(model);
  expect(changed.graph.outputs[0]?.type?.type).toBe("float32");
  const x = Float32Array.from(whole(60, 20), (steps) => steps * step);
  const feeds = { x: new ort.Tensor("float32", x, picture) };
  const [before, after] = [await run(model, feeds), await run(changed, feeds)];
  for (const name of ["r", "q"]) {
    const floats = Array.from(before[name]?.data ?? [], Number).map((q) => (q - 128) * step);
    expect(Array.from(after[name]?.data ?? [], Number)).toEqual(floats);
  }
});

test("a convolution and a pooling of com.microsoft with the channels last", async () => {
  const model = modelFor({
    title: "",
    dims: [1, 5, 6, 2],
    nodes: [
      quantize("x", "q"),
      microsoft("QLinearConv", [...sz("q", "w"), "r/s", "r/z"], ["r"], { ...conv, channels_last: int(1) }),
      microsoft("NhwcMaxPool", ["r"], ["p"], { kernel_shape: ints([2, 2]) }),
      dequantized("p", "y", "r"),
    ],
    constants: [
      ...grid("q", step, "int8", 3),
      kernel,
      ...grid("w", 1 / 4, "int8"),
      ...grid("r", 1 / 32, "int8", 4),
    ],
  });
  const x = Float32Array.from(whole(60, 20), (steps) => steps * step);
  const feeds = { x: new ort.Tensor("float32", x, [1, 5, 6, 2]) };
  const changed = dequantize(model).model;
  await isFloat(changed);
  expect(difference((await run(model, feeds)).y, (await run(changed, feeds)).y)).toBeLessThan(1e-6);
});

/** Two a byte, the first in the lower half. */
function nibbles(
  name: string,
  type: "int4" | "uint4",
  dims: readonly number[],
  values: readonly number[],
): Tensor {
  const bytes = new Uint8Array(Math.ceil(values.length / 2));
  for (const [i, one] of values.entries()) {
    bytes[i >> 1] = (bytes[i >> 1] ?? 0) | ((one & 15) << (4 * (i % 2)));
  }
  return { name, type, dims, storage: { kind: "raw", bytes } };
}

const blocks = (rows: number) => floatTensor("w/s", [rows, 3], noise(rows * 3, 4));

test.each([
  ["one scale", 17, { axis: int(0) }, [weights("w", "int8", [6, 3]), ...grid("w", 1 / 3, "int8", 2)]],
  [
    "a scale a row and no zero point",
    17,
    { axis: int(0) },
    [weights("w", "int8", [6, 3]), floatTensor("w/s", [6], noise(6))],
  ],
  [
    "a scale a column",
    17,
    { axis: int(-1) },
    [
      weights("w", "uint8", [6, 3]),
      floatTensor("w/s", [3], noise(3)),
      integers("w/z", "uint8", [3], [3, 0, 9]),
    ],
  ],
  [
    "blocks",
    21,
    { axis: int(0), block_size: int(2) },
    [weights("w", "int8", [6, 3]), blocks(3), integers("w/z", "int8", [3, 3], whole(9, 4))],
  ],
  [
    "blocks of which the last is shorter",
    21,
    { axis: int(0), block_size: int(4) },
    [weights("w", "int8", [6, 3]), blocks(2)],
  ],
  [
    "four bits",
    21,
    { axis: int(0) },
    [
      nibbles("w", "int4", [6, 3], whole(18, 7)),
      floatTensor("w/s", [6], noise(6)),
      nibbles("w/z", "int4", [6], [1, -2, 0, 7, -8, 3]),
    ],
  ],
  [
    "blocks of four bits",
    21,
    { axis: int(0), block_size: int(2) },
    [
      nibbles(
        "w",
        "uint4",
        [6, 3],
        whole(18, 7).map((one) => one + 8),
      ),
      blocks(3),
      nibbles("w/z", "uint4", [3, 3], [8, 7, 6, 5, 8, 9, 1, 2, 3]),
    ],
  ],
  [
    "a bias of 32 bits",
    17,
    {},
    [integers("w", "int32", [6, 3], whole(18, 100_000)), floatTensor("w/s", [], [1e-4])],
  ],
] as const)(
  "quantized weights with %s are computed by nodes that onnxruntime folds",
  async (_, opset, attributes, constants) => {
    const inputs = constants.some(({ name }) => name === "w/z") ? ["w", "w/s", "w/z"] : ["w", "w/s"];
    const model = modelFor({
      title: "",
      dims: [2, 6],
      opset,
      nodes: [
        node("DequantizeLinear", inputs, ["weight"], attributes),
        node("MatMul", ["x", "weight"], ["y"]),
      ],
      constants,
    });
    const result = dequantize(model);
    expect(result.altered).toBeUndefined();
    expect(result.changed).toEqual(["Quantized weights are dequantized."]);
    expect(result.model.graph.nodes.map(({ op }) => op)).not.toContain("DequantizeLinear");
    const feeds = { x: new ort.Tensor("float32", noise(12), [2, 6]) };
    // Optimizing, onnxruntime rounds the other factor too.
    const before = await run(model, feeds, { graphOptimizationLevel: "disabled" });
    expect(difference(before.y, (await run(result.model, feeds)).y)).toBeLessThan(1e-6);
  },
);

test("weights that are quantized by nodes stay behind them", async () => {
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes: [
      node("QuantizeLinear", ["w", "s", "z"], ["wq"], { axis: int(1) }),
      node("DequantizeLinear", ["wq", "s", "z"], ["weight"], { axis: int(1) }),
      node("MatMul", ["x", "weight"], ["y"]),
    ],
    constants: [
      floatTensor("w", [6, 3], noise(18)),
      floatTensor("s", [3], [0.1, 0.2, 0.3]),
      integers("z", "int8", [3], [0, 0, 0]),
    ],
  });
  expect(dequantize(model)).toEqual({ model, changed: [] });
});

test("a half-precision network of quantizers", async () => {
  const half = (name: string, bits: number): Tensor => ({
    name,
    type: "float16",
    dims: [],
    storage: { kind: "raw", bytes: Uint8Array.of(bits & 255, bits >> 8) },
  });
  const make = (type: DataType, scales: readonly Tensor[]): Model => ({
    ...modelOf({
      opset: 19,
      nodes: [
        node("DequantizeLinear", ["w", "w/s"], ["weight"]),
        quantize("x", "q"),
        dequantized("q", "d"),
        node("MatMul", ["d", "weight"], ["y"]),
      ],
      inputs: [value("x", [2, 6], type)],
      outputs: [output("y")],
      initializers: [weights("w", "int8", [6, 3]), integers("q/z", "int8", [], [3]), ...scales],
    }),
  });
  // 1/8 and 1/4.
  const halves = make("float16", [half("q/s", 0x30_00), half("w/s", 0x34_00)]);
  const singles = make("float32", [floatTensor("q/s", [], [1 / 8]), floatTensor("w/s", [], [1 / 4])]);
  const feeds = {
    x: new ort.Tensor(
      "float32",
      Float32Array.from(whole(12, 200), (one) => one / 8),
      [2, 6],
    ),
  };
  const after = await run(toFloat32(dequantize(halves).model).model, feeds);
  expect(after.y?.type).toBe("float32");
  expect(difference((await run(singles, feeds)).y, after.y)).toBeLessThan(1e-5);
});

test("a Softmax stays the network's end, though 1 itself has no integer", () => {
  const ends = (op: string, scale: number) => {
    const model = modelFor({
      title: "",
      dims: [2, 6],
      nodes: [node(op, ["x"], ["p"]), quantize("p", "q"), dequantized("q", "y")],
      constants: grid("q", scale, "uint8"),
    });
    return dequantize(model).model.graph.nodes.map(({ op: made }) => made);
  };
  expect(ends("Softmax", 1 / 256)).toEqual(["Softmax", "Identity"]);
  expect(ends("Softmax", 1 / 512)).toEqual(["Softmax", "Clip", "Identity"]);
  expect(ends("Relu", 1 / 256)).toEqual(["Relu", "Clip", "Identity"]);
});

test.each([
  [
    "each channel of an activation with a separate scale",
    [
      node("QuantizeLinear", ["x", "s6", "z6"], ["q"], {}, "culprit"),
      node("DequantizeLinear", ["q", "s6", "z6"], ["y"]),
    ],
  ],
  ["computes with quantized values", [quantize("x", "q"), node("Sign", ["q"], ["y"], {}, "culprit")]],
  [
    "computes with quantized values",
    [quantize("x", "q"), { ...microsoft("Other", ["q"], ["y"]), name: "culprit" }],
  ],
  [
    "has a second output",
    [quantize("x", "q"), node("MaxPool", ["q"], ["r", "y"], { kernel_shape: ints([1]) }, "culprit")],
  ],
  ["quantizes to bool", [node("QuantizeLinear", ["x", "q/s", "flag"], ["y"], {}, "culprit")]],
] as const)("a node that %s is refused by name", (reason, nodes) => {
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes,
    constants: [
      ...grid("q", step, "uint8"),
      floatTensor("s6", [6], noise(6)),
      integers("z6", "int8", [6], [0, 0, 0, 0, 0, 0]),
      { name: "flag", type: "bool", dims: [], storage: { kind: "raw", bytes: Uint8Array.of(0) } },
    ],
  });
  const { kind, message } = userErrorOf(() => dequantize(model));
  expect(kind).toBe("unsupported");
  expect(message).toContain('"culprit"');
  expect(message).toContain(reason);
});

const dynamicQuantize = node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]);

test.each([
  ["clips values", [node("Relu", ["q"], ["y"], {}, "culprit")]],
  ["combines a constant with values", [node("Add", ["q", "w"], ["y"], {}, "culprit")]],
  ["combines a constant with values", [node("Concat", ["q", "w"], ["y"], { axis: int(0) }, "culprit")]],
  ["combines a constant with values", [node("Pad", ["q", "pads"], ["y"], {}, "culprit")]],
  [
    "combines a constant with values",
    [node("MatMulInteger", ["q", "v", "qz"], ["m"]), node("Add", ["m", "b"], ["y"], {}, "culprit")],
  ],
] as const)("of numbers with a scale from the picture, a node that %s is refused", (reason, nodes) => {
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes: [dynamicQuantize, ...nodes],
    constants: [
      weights("w", "uint8", [2, 6]),
      weights("v", "int8", [6, 6]),
      integers("b", "int32", [6], [1, 2, 3, 4, 5, 6]),
      int64Tensor("pads", [4], [0, 1, 0, 1]),
    ],
  });
  const { message } = userErrorOf(() => dequantize(model));
  expect(message).toContain('"culprit"');
  expect(message).toContain(reason);
});

test("numbers with a scale from the picture that are moved, padded and read by hand", async () => {
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes: [
      dynamicQuantize,
      node("Pad", ["q", "pads", "qz"], ["p"]),
      node("Cast", ["p"], ["numbers"], { to: int(6) }),
      node("Cast", ["qz"], ["zero"], { to: int(6) }),
      node("Sub", ["numbers", "zero"], ["centred"]),
      node("Cast", ["centred"], ["f"], { to: int(1) }),
      node("Mul", ["f", "qs"], ["y"]),
    ],
    constants: [int64Tensor("pads", [4], [0, 1, 0, 1])],
  });
  const { model: changed } = dequantize(model);
  await isFloat(changed);
  const feeds = { x: new ort.Tensor("float32", noise(12), [2, 6]) };
  expect(difference((await run(model, feeds)).y, (await run(changed, feeds)).y)).toBeLessThan(0.01);
});

test("the most probable class of quantized scores", async () => {
  const model = modelOf({
    nodes: [quantize("x", "q"), node("ArgMax", ["q"], ["y"], { axis: int(1) })],
    inputs: [value("x", [4, 6])],
    outputs: [output("y")],
    initializers: grid("q", step, "uint8", 128),
  });
  const feeds = {
    x: new ort.Tensor(
      "float32",
      Float32Array.from(whole(24, 90), (one) => one * step),
      [4, 6],
    ),
  };
  expect(difference((await run(model, feeds)).y, (await run(dequantize(model).model, feeds)).y)).toBe(0);
});

test("a branch that takes quantized numbers is refused by name", () => {
  const branch: Attribute = {
    kind: "graph",
    value: { ...modelOf({ nodes: [dequantized("q", "d")], inputs: [], outputs: [output("d")] }).graph },
  };
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes: [
      quantize("x", "q"),
      node("If", ["flag"], ["y"], { then_branch: branch, else_branch: branch }, "culprit"),
    ],
    constants: grid("q", step, "uint8"),
  });
  expect(userErrorOf(() => dequantize(model)).message).toMatch(
    /"culprit" uses quantized values in a subgraph/,
  );
});

test("a network without quantization is left alone", () => {
  const model = modelOf({
    nodes: [node("Relu", ["x"], ["y"])],
    inputs: [value("x", [2])],
    outputs: [output("y")],
  });
  expect(dequantize(model)).toEqual({ model, changed: [] });
});

testModels(
  "a quantized network and its float network give much the same",
  async (bytes) => {
    const model = raiseOpset(readModel(bytes)).model;
    const changed = dequantize(model);
    expect(changed.altered).toBe("dequantized");
    const dims = [1, 3, 224, 224];
    const x = Float32Array.from(
      { length: 150_528 },
      (_, i) => 1.5 * Math.sin(i * 0.37) * Math.cos(i * 0.0113),
    );
    const feeds = { input: new ort.Tensor("float32", x, dims) };
    const [before, after] = [await run(bytes, feeds), await run(changed.model, feeds)].map((results) =>
      Array.from(Object.values(results)[0]?.data ?? [], Number),
    );
    expect(correlation(before ?? [], after ?? [])).toBeGreaterThan(0.98);
  },
  (name) => name.includes("qdq"),
);

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;
  const [x, y] = [a, b].map((list) => {
    const centre = mean(list);
    return list.map((one) => one - centre);
  });
  const dot = (p: readonly number[] = [], q: readonly number[] = []) =>
    p.reduce((sum, one, i) => sum + one * (q[i] ?? 0), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
