import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import { inferShapes } from "../src/index.ts";
import { explicitPads } from "../src/internal.ts";
import { difference, floats, run, runtime } from "./shared.ts";

const pool = (op: string, attributes: Parameters<typeof node>[3]) =>
  modelOf({
    opset: 17,
    nodes: [node(op, ["x"], ["y"], { ceil_mode: 1, ...attributes })],
    inputs: [value("x", [1, 2, 6, 8])],
    outputs: [output("y")],
  });

const padded = async (model: ReturnType<typeof pool>) =>
  explicitPads(model, await inferShapes(model, runtime, { sizes: {} })).model;

test.each([
  ["MaxPool", { kernel_shape: [3, 3], strides: [2, 2] }],
  ["MaxPool", { kernel_shape: [3, 3], strides: [2, 3], pads: [1, 0, 0, 1] }],
  ["MaxPool", { kernel_shape: [2, 2], strides: [1, 1] }],
] as const)("%s %j computes the same without ceil_mode", async (op, attributes) => {
  const model = pool(op, attributes);
  const changed = await padded(model);
  expect(changed.graph.nodes[0]?.attributes.has("ceil_mode")).toBe(false);
  const feeds = { x: floats([1, 2, 6, 8]) };
  const [before, after] = [await run(model, feeds), await run(changed, feeds)];
  expect(after.y?.dims).toEqual(before.y?.dims);
  expect(difference(before.y, after.y)).toBeLessThan(1e-6);
});

test("a mean keeps its ceil_mode", async () => {
  const model = pool("AveragePool", { kernel_shape: [3, 3], strides: [2, 2] });
  expect(await padded(model)).toBe(model);
});
