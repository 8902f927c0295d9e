/** Weights that are stored as integers. */
import { node } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { floatTensor, intValue as int, type Tensor } from "../../src/index.ts";
import { dequantize } from "../../src/internal.ts";
import { difference, noise, run } from "../shared.ts";
import { grid, integers, modelFor, weights, whole } from "./quantized.ts";

/** Two per byte, the first in the lower half. */
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
    "one scale per row and no zero point",
    17,
    { axis: int(0) },
    [weights("w", "int8", [6, 3]), floatTensor("w/s", [6], noise(6))],
  ],
  [
    "one scale per column",
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
