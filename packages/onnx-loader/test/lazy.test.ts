import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import { floatTensor, readModel, type Tensor, writeModel } from "../src/index.ts";
import { testModels } from "./shared.ts";
import { bytesField, intField, join } from "./wire.ts";

/** Whether the tensor's data is a view into `bytes`. */
function isView(tensor: Tensor, bytes: Uint8Array): boolean {
  const { storage } = tensor;
  if (storage.kind === "external") return false;
  const view = storage.kind === "raw" ? storage.bytes : storage.message;
  const start = bytes.byteOffset;
  return (
    view.buffer === bytes.buffer &&
    view.byteOffset >= start &&
    view.byteOffset + view.byteLength <= start + bytes.byteLength
  );
}

testModels("copies no weight of", (bytes) => {
  const { graph, source } = readModel(bytes);
  expect(source).toBe(bytes);
  expect([...graph.initializers.values()].filter((tensor) => !isView(tensor, bytes))).toEqual([]);
  for (const attribute of graph.nodes.flatMap(({ attributes }) => [...attributes.values()]))
    if (attribute.kind === "tensor") expect(isView(attribute.value, bytes)).toBe(true);
});

test("a weight of 50 MB is shared, raw or in fields, and its values are not looked at", () => {
  const size = 25 * 2 ** 20;
  const inFields = join([
    intField(1, size / 4),
    intField(2, 1),
    bytesField(8, "f"),
    bytesField(4, new Uint8Array(size)),
  ]);
  const raw = join([
    intField(1, size / 4),
    intField(2, 1),
    bytesField(8, "r"),
    bytesField(9, new Uint8Array(size)),
  ]);
  const bytes = join([
    intField(1, 8),
    bytesField(7, join([bytesField(5, raw), bytesField(5, inFields), bytesField(12, bytesField(1, "y"))])),
  ]);
  expect(bytes.length).toBeGreaterThan(50 * 2 ** 20);
  const before = process.memoryUsage().arrayBuffers;
  const { initializers } = readModel(bytes).graph;
  expect([...initializers.keys()]).toEqual(["r", "f"]);
  expect([...initializers.values()].every((tensor) => isView(tensor, bytes))).toBe(true);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test("a view into a larger buffer is read in place", () => {
  const model = modelOf({
    nodes: [node("Add", ["x", "w"], ["y"])],
    inputs: [value("x", [2])],
    outputs: [output("y")],
    initializers: [floatTensor("w", [2], [1, 2])],
  });
  const written = writeModel(model);
  const larger = new Uint8Array(written.length + 20).fill(255);
  larger.set(written, 7);
  const bytes = larger.subarray(7, 7 + written.length);
  const [weight] = readModel(bytes).graph.initializers.values();
  expect(weight !== undefined && isView(weight, bytes)).toBe(true);
});
