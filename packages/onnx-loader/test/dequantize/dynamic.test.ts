/** Scales that are computed from the picture. */
import { node } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { floatTensor, intValue as int, int64Tensor } from "../../src/index.ts";
import { dequantize } from "../../src/internal.ts";
import { difference, noise, run } from "../shared.ts";
import {
  type Case,
  conv,
  expectDequantized,
  expectFloat,
  grid,
  integers,
  microsoft,
  modelFor,
  weights,
} from "./quantized.ts";

/** What is rounded differs by picture, so that both networks are only near one another. */
const cases: readonly Case[] = [
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

test.each(cases.map((one) => [one.title, one] as const))("%s", (_, one) => expectDequantized(one));

test("numbers with a scale from the picture that are moved, padded and read by hand", async () => {
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes: [
      node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
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
  await expectFloat(changed);
  const feeds = { x: new ort.Tensor("float32", noise(12), [2, 6]) };
  expect(difference((await run(model, feeds)).y, (await run(changed, feeds)).y)).toBeLessThan(0.01);
});
