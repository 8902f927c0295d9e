import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { exactSigmoid } from "../src/internal.ts";
import { run } from "./shared.ts";

const model = modelOf({
  nodes: [
    node("Sigmoid", ["x"], ["s"], {}, "inner"),
    node("Identity", ["s"], ["i"]),
    node("Sigmoid", ["i"], ["y"], {}, "last"),
  ],
  inputs: [value("x", ["N"])],
  outputs: [output("s"), output("y")],
});
const xs = [-1000, -100, -88, -40, -20, -18, -15, -5, -1, 0, 1, 5, 20, 100, 1000];
const feeds = { x: new ort.Tensor("float32", xs, [xs.length]) };
const numbers = (tensor: ort.Tensor | undefined) => Array.from(tensor?.data ?? [], Number);
const exact = (x: number) => 1 / (1 + Math.exp(-x));

test("Sigmoid is right to float32's digits, far from zero too", async () => {
  const { model: written, changed } = exactSigmoid(model, new Set());
  expect(changed).toEqual(["2 Sigmoid nodes are written out, for more digits near zero."]);
  expect(written.graph.nodes.map(({ op }) => op)).not.toContain("Sigmoid");
  const found = numbers((await run(written, feeds)).s);
  for (const [i, x] of xs.entries()) {
    if (x < -87) expect(found[i]).toBeLessThanOrEqual(2e-38);
    else expect(Math.abs((found[i] ?? Number.NaN) / exact(x) - 1)).toBeLessThan(1e-6);
  }
});

test("onnxruntime's own kernel is not, which is why", async () => {
  const found = numbers((await run(model, feeds)).s);
  const at = xs.indexOf(-20);
  expect(Math.abs((found[at] ?? 0) / exact(-20) - 1)).toBeGreaterThan(0.01);
});

test("values to be kept are left as they are, and so is a model without any", () => {
  const kept = exactSigmoid(model, new Set(["y"]));
  expect(kept.model.graph.nodes.map(({ op }) => op)).toEqual([
    "Neg",
    "Exp",
    "Add",
    "Reciprocal",
    "Identity",
    "Sigmoid",
  ]);
  expect(kept.changed).toEqual(["1 Sigmoid node is written out, for more digits near zero."]);
  const all = exactSigmoid(model, new Set(["y", "s"]));
  expect(all).toEqual({ model, changed: [] });
});

test("another domain's Sigmoid is left alone", () => {
  const [first] = model.graph.nodes;
  if (first === undefined) throw new Error("the node is missing");
  const other = { ...model, graph: { ...model.graph, nodes: [{ ...first, domain: "com.example" }] } };
  expect(exactSigmoid(other, new Set()).model).toBe(other);
});
