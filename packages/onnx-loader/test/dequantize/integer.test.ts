/** Operations on integers without scales (MatMulInteger, ConvInteger), and inputs that are integers. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { floatTensor, intValue as int, intsValue as ints } from "../../src/index.ts";
import { dequantize } from "../../src/internal.ts";
import { difference, run } from "../shared.ts";
import {
  type Case,
  conv,
  dequantized,
  expectDequantized,
  grid,
  integers,
  kernel,
  picture,
  quantize,
  step,
  sz,
  weights,
} from "./quantized.ts";

const cases: readonly Case[] = [
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

test.each(cases.map((one) => [one.title, one] as const))("%s", (_, one) => expectDequantized(one));

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
