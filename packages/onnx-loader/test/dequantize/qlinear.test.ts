/** Operations that take and give integers with their scales: QLinearConv and its like. */
import { node } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import {
  type Attributes,
  floatValue as float,
  floatTensor,
  intValue as int,
  intsValue as ints,
  type Node,
  type Tensor,
} from "../../src/index.ts";
import { dequantize } from "../../src/internal.ts";
import { difference, run } from "../shared.ts";
import {
  type Case,
  conv,
  dequantized,
  expectDequantized,
  expectFloat,
  grid,
  integers,
  kernel,
  microsoft,
  modelFor,
  quantize,
  step,
  sz,
  weights,
  whole,
} from "./quantized.ts";

const cases: readonly Case[] = (["uint8", "int8"] as const).flatMap((type) => {
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

test.each(cases.map((one) => [one.title, one] as const))("%s", (_, one) => expectDequantized(one));

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
  await expectFloat(changed);
  expect(difference((await run(model, feeds)).y, (await run(changed, feeds)).y)).toBeLessThan(1e-6);
});
