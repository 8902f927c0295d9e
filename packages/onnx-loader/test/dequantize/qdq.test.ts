/** QuantizeLinear and DequantizeLinear, and operations that move integers between them. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import {
  type Attributes,
  type DataType,
  floatTensor,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  type Model,
  raiseOpset,
  readModel,
  type Tensor,
} from "../../src/index.ts";
import { dequantize, toFloat32 } from "../../src/internal.ts";
import { difference, run, testModels } from "../shared.ts";
import {
  type Case,
  dequantized,
  expectDequantized,
  grid,
  integers,
  microsoft,
  modelFor,
  picture,
  quantize,
  step,
  weights,
  whole,
} from "./quantized.ts";

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

const cases: readonly Case[] = [
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
];

test.each(cases.map((one) => [one.title, one] as const))("%s", (_, one) => expectDequantized(one));

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
