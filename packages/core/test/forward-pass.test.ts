import type { Node } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { createForwardPass } from "../src/compile/forward.ts";

const largest = (outputs: readonly string[]): Node => ({
  op: "TopK",
  domain: "",
  name: "largest",
  inputs: ["x", "k"],
  outputs,
  attributes: new Map(),
});

function asked(node: Node) {
  let count = 0;
  const pass = createForwardPass([node], (hint) => `${hint}#${count++}`);
  const name = pass.output(node, 1);
  expect(pass.output(node, 1)).toBe(name);
  return { name, nodes: pass.nodes() };
}

test("an output that the file leaves out is added to the node", () => {
  const { name, nodes } = asked(largest(["y"]));
  expect(nodes.map(({ outputs }) => outputs)).toEqual([["y", name]]);
});

test("an output that the file names serves as it is", () => {
  const node = largest(["y", "places"]);
  expect(asked(node)).toEqual({ name: "places", nodes: [node] });
});
