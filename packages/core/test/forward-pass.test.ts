import { intValue as int, type Node } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { createForwardPass } from "../src/compile/forward.ts";

const pool = (outputs: readonly string[], storageOrder: number): Node => ({
  op: "MaxPool",
  domain: "",
  name: "pool",
  inputs: ["x"],
  outputs,
  attributes: new Map([["storage_order", int(storageOrder)]]),
});

function asked(node: Node, without: readonly string[]) {
  let count = 0;
  const pass = createForwardPass([node], (hint) => `${hint}#${count++}`);
  const name = pass.output(node, 1, without);
  expect(pass.output(node, 1, without)).toBe(name);
  return { name, nodes: pass.nodes() };
}

test("an output that the file leaves out is added to the node, without attributes that change its meaning", () => {
  const { name, nodes } = asked(pool(["y"], 1), ["storage_order"]);
  expect(nodes.map(({ outputs, attributes }) => [outputs, attributes.size])).toEqual([[["y", name], 0]]);
});

test("an output that the file names serves as it is", () => {
  const node = pool(["y", "places"], 0);
  expect(asked(node, [])).toEqual({ name: "places", nodes: [node] });
});

test("an output that means something else in the file stays, and a copy of the node makes the one asked for", () => {
  const node = pool(["y", "places"], 1);
  const { name, nodes } = asked(node, ["storage_order"]);
  expect(nodes[0]).toBe(node);
  expect(nodes[1]).toMatchObject({ op: "MaxPool", inputs: ["x"], attributes: new Map() });
  expect(nodes[1]?.outputs[1]).toBe(name);
  expect(new Set(nodes.flatMap(({ outputs }) => outputs)).size).toBe(4);
});
