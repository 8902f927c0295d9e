/** What lowering a newer model changes and leaves alone: nothing that it computes. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import {
  type Attributes,
  floatTensor,
  intValue as int,
  intsValue as ints,
  stringValue as string,
} from "../src/index.ts";
import { lowerOpset, newestOpset } from "../src/internal.ts";
import { difference, floats, run } from "./shared.ts";

const one = (op: string, attributes: Attributes, opset: number = newestOpset, more: readonly string[] = []) =>
  modelOf({
    opset,
    nodes: [node(op, ["x", ...more], ["y"], attributes)],
    inputs: [value("x", [1, 2, 5, 4])],
    outputs: [output("y")],
    initializers: [floatTensor("scales", [4], [1, 1, 2, 1.5])],
  });

const opsetOf = (model: ReturnType<typeof one>) => lowerOpset(model).model.opsets[""];

test.each([
  ["Relu", {}, 25],
  ["Cast", { to: int(7), saturate: int(1) }, 21],
  ["AveragePool", { kernel_shape: ints([2, 2]), dilations: ints([1, 1]) }, 22],
  ["Resize", { mode: string("linear") }, 22, ["", "scales"]],
] as const)(
  "%s is lowered, and computes the same",
  async (op, attributes, opset, more?: readonly string[]) => {
    const model = one(op, attributes, opset, more);
    expect(opsetOf(model)).toBe(18);
    const feeds = { x: floats([1, 2, 5, 4]) };
    const [before, after] = [await run(model, feeds), await run(lowerOpset(model).model, feeds)];
    expect(difference(before.y, after.y)).toBeLessThan(1e-7);
  },
);

test.each([
  ["Gelu", {}, 20],
  ["Swish", {}, 24],
  ["AveragePool", { kernel_shape: ints([2, 2]), dilations: ints([2, 2]) }, 19],
  ["AveragePool", { kernel_shape: ints([2, 2]), ceil_mode: int(1) }, 19],
  ["Resize", { coordinate_transformation_mode: string("half_pixel_symmetric") }, 19],
  ["Cast", { to: int(17) }, newestOpset],
] as const)("%s stays at the opset that it needs", (op, attributes, opset) => {
  expect(opsetOf(one(op, attributes))).toBe(opset);
});

test.each([17, 18])("a model of opset %i is left as it is", (opset) => {
  const model = one("Relu", {}, opset);
  expect(lowerOpset(model)).toEqual({ model, changed: [] });
});
