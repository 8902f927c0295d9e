import { graphOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import type { Graph, Node } from "../src/index.ts";
import { dependentValues, producers, usedValues } from "../src/internal.ts";

const graph = (nodes: readonly Node[]): Graph => graphOf({ nodes, inputs: [value("x", [1])], outputs: [] });
const branch = (nodes: readonly Node[], result: string): Graph =>
  graphOf({ nodes, inputs: [], outputs: [output(result)] });
const branching = (name: string, inner: Graph): Node =>
  node("If", ["yes"], [name], {
    then_branch: { kind: "graph", value: inner },
    else_branch: { kind: "graph", value: branch([node("Constant", [], ["zero"])], "zero") },
  });

test("a node uses its inputs and what its inner graphs take from outside, however deep", () => {
  const deep = branch([node("Add", ["a", "inside"], ["made"])], "made");
  const inner = branch([node("Relu", ["b"], ["inside"]), branching("chosen", deep)], "chosen");
  expect([...usedValues(branching("y", inner))].sort()).toEqual(["a", "b", "yes"]);
});

test("a branch may give a value from outside as it is", () => {
  expect([...usedValues(branching("y", branch([], "outer")))].sort()).toEqual(["outer", "yes"]);
});

test("what depends on a value, through inner graphs too", () => {
  const nodes = [
    node("Relu", ["x"], ["r"]),
    node("Neg", ["w"], ["n"]),
    branching("y", branch([node("Neg", ["r"], ["inside"])], "inside")),
    node("Add", ["y", "n"], ["z"]),
  ];
  expect([...dependentValues(graph(nodes), ["x"])].sort()).toEqual(["r", "x", "y", "z"]);
});

test("shapes do not depend on values", () => {
  const own = { ...node("Shape", ["x"], ["own"]), domain: "own" };
  const nodes = [
    ...["Shape", "Size", "ConstantOfShape"].map((op) => node(op, ["x"], [op])),
    node("Add", ["Shape", "Size"], ["sum"]),
    own,
  ];
  expect([...dependentValues(graph(nodes), ["x"])].sort()).toEqual(["own", "x"]);
});

test("an output and an input that are left out have nothing to do with each other", () => {
  const nodes = [node("BatchNormalization", ["x"], ["y", ""]), node("Clip", ["w", "", "high"], ["c"])];
  expect([...dependentValues(graph(nodes), ["x"])].sort()).toEqual(["x", "y"]);
  expect(producers(graph(nodes)).has("")).toBe(false);
});
