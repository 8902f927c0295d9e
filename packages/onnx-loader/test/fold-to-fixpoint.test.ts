import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import {
  type Attribute,
  floatTensor,
  foldToFixpoint,
  type Graph,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  type Node,
  stringValue as string,
  type Tensor,
} from "../src/index.ts";
import { foldIf } from "../src/internal.ts";
import { difference, floats, noise, run, runtime } from "./shared.ts";

const graph = (value: Graph): Attribute => ({ kind: "graph", value });

function branch(nodes: readonly Node[], result: string, initializers: readonly Tensor[] = []): Attribute {
  return graph(graphOf({ nodes, inputs: [], outputs: [output(result)], initializers }));
}

/** x.squeeze(axis) as PyTorch's older exporter writes it. */
function squeezeIfOne(x: string, y: string, axis: number): Node[] {
  return [
    node("Shape", [x], [`${y}/shape`]),
    node("Gather", [`${y}/shape`, `at${axis}`], [`${y}/size`]),
    node("Equal", [`${y}/size`, "one"], [`${y}/is one`]),
    node("If", [`${y}/is one`], [y], {
      then_branch: branch([node("Squeeze", [x], [`${y}/squeezed`], { axes: ints([axis]) })], `${y}/squeezed`),
      else_branch: branch([node("Identity", [x], [`${y}/same`])], `${y}/same`),
    }),
  ];
}

const indices = [1, 2, 3].map((axis) => int64Tensor(`at${axis}`, [], [axis]));

test("squeezes that depend on a shape are settled, one after the other, with the batch left open", async () => {
  const model = modelOf({
    opset: 11,
    nodes: [
      node("GlobalAveragePool", ["x"], ["pooled"]),
      ...squeezeIfOne("pooled", "a", 3),
      ...squeezeIfOne("a", "b", 2),
      ...squeezeIfOne("b", "c", 1),
      node("Flatten", ["c"], ["flat"]),
      node("MatMul", ["flat", "w"], ["y"]),
    ],
    inputs: [value("x", ["N", 3, 4, 4])],
    outputs: [output("y")],
    initializers: [...indices, int64Tensor("one", [], [1]), floatTensor("w", [3, 2], noise(6))],
  });
  const settled = await foldToFixpoint(model, runtime, { sizes: {}, batch: "N" });
  expect(settled.model.graph.nodes.map(({ op }) => op)).toEqual([
    "GlobalAveragePool",
    "Squeeze",
    "Squeeze",
    "Identity",
    "Flatten",
    "MatMul",
  ]);
  expect(settled.shapes.get("y")?.dims).toEqual([{ times: 1 }, 2]);
  expect(settled.changed.join(" ")).toMatch(/an? If node|If nodes/i);
  const feeds = { x: floats([2, 3, 4, 4]) };
  expect(difference((await run(model, feeds)).y, (await run(settled.model, feeds)).y)).toBe(0);
});

const yes: Tensor = {
  name: "yes",
  type: "bool",
  dims: [],
  storage: { kind: "raw", bytes: Uint8Array.of(1) },
};
const no: Tensor = { ...yes, name: "no", storage: { kind: "raw", bytes: Uint8Array.of(0) } };

test.each([
  ["then", yes],
  ["else", no],
])("the %s branch is taken with its constants, outer values and inner graphs", async (_, condition) => {
  // Both branches, and the network, use the name "scaled".
  const inner = (name: string) =>
    branch([node("Mul", ["scaled", "k"], ["deep"])], "deep", [floatTensor("k", [], [name === "t" ? 2 : 3])]);
  const side = (name: string, seed: number): Attribute =>
    branch(
      [
        node("Mul", ["x", "weight"], ["scaled"], {}, "same name"),
        node("If", ["flag"], [name], { then_branch: inner("t"), else_branch: inner("e") }),
      ],
      name,
      [floatTensor("weight", [3], noise(3, seed))],
    );
  const model = modelOf({
    nodes: [
      node("ReduceSum", ["x"], ["total"], { keepdims: int(0) }),
      node("Cast", ["total"], ["flag"], { to: int(9) }),
      node("If", [condition.name], ["r"], { then_branch: side("t", 2), else_branch: side("e", 3) }),
      node("If", [condition.name], ["s"], { then_branch: side("t2", 4), else_branch: side("e2", 5) }),
      node("Add", ["r", "s"], ["y"]),
    ],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
    initializers: [condition],
  });
  const folded = foldIf(model);
  expect(folded.changed).toEqual([
    "2 If nodes with constant conditions are replaced by the branches that they take.",
  ]);
  expect(folded.model.graph.nodes.filter(({ op }) => op === "If")).toHaveLength(2);
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(model, feeds)).y, (await run(folded.model, feeds)).y)).toBe(0);
});

test("a branch that hands on a value from outside, a constant or one value twice", async () => {
  const pair = (a: string, b: string, nodes: readonly Node[], initializers: readonly Tensor[]): Attribute =>
    graph(graphOf({ nodes, inputs: [], outputs: [output(a), output(b)], initializers }));
  const model = modelOf({
    nodes: [
      node("Relu", ["x"], ["outside"]),
      node("If", ["yes"], ["a", "b"], {
        then_branch: pair("outside", "k", [], [floatTensor("k", [3], [1, 2, 3])]),
        else_branch: pair("n", "n", [node("Neg", ["x"], ["n"])], []),
      }),
      node("If", ["no"], ["c", "d"], {
        then_branch: pair("p", "q", [node("Neg", ["x"], ["p"]), node("Abs", ["x"], ["q"])], []),
        else_branch: pair("m", "m", [node("Neg", ["x"], ["m"])], []),
      }),
      node("Sum", ["a", "b", "c", "d"], ["y"]),
    ],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
    initializers: [yes, no],
  });
  const { model: folded } = foldIf(model);
  expect(folded.graph.nodes.map(({ op }) => op)).not.toContain("If");
  const feeds = { x: floats([2, 3]) };
  const { y } = await run(folded, feeds);
  const wanted = Array.from(feeds.x.data, Number).map((one, i) => Math.max(one, 0) + 1 + (i % 3) - 2 * one);
  for (const [i, one] of Array.from(y?.data ?? [], Number).entries())
    expect(one).toBeCloseTo(wanted[i] ?? 0, 5);
});

test("a condition that depends on the picture stays, and so does another domain's If", async () => {
  const sides = {
    then_branch: branch([node("Relu", ["x"], ["t"])], "t"),
    else_branch: branch([node("Neg", ["x"], ["e"])], "e"),
  };
  const model = modelOf({
    nodes: [
      node("ReduceMax", ["x"], ["most"], { keepdims: int(0) }),
      node("Cast", ["most"], ["flag"], { to: int(9) }),
      node("If", ["flag"], ["y"], sides),
    ],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
  });
  const settled = await foldToFixpoint(model, runtime, { sizes: {} });
  expect(settled.changed).toEqual([]);
  expect(settled.model).toBe(model);
  const foreign = { ...node("If", ["yes"], ["y"], { note: string("other") }), domain: "com.example" };
  const other = modelOf({
    nodes: [foreign],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
    initializers: [yes],
  });
  expect(foldIf(other).model).toBe(other);
});

test("a constant that is cast to the picture's type is a constant", async () => {
  const model = modelOf({
    nodes: [node("CastLike", ["limit", "x"], ["high"]), node("Clip", ["x", "", "high"], ["y"])],
    inputs: [value("x", ["N", 3])],
    outputs: [output("y")],
    initializers: [int64Tensor("limit", [], [0])],
  });
  const { model: settled } = await foldToFixpoint(model, runtime, { sizes: {}, batch: "N" });
  expect(settled.graph.nodes.map(({ op }) => op)).toEqual(["Clip"]);
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(model, feeds)).y, (await run(settled, feeds)).y)).toBe(0);
});

const numbers = (name: string, ...values: number[]) => int64Tensor(name, [values.length], values);
const scalar = (name: string, one: number) => int64Tensor(name, [], [one]);

test.each([
  [
    "of equal parts and a rest",
    [
      node("SplitToSequence", ["x", "three"], ["parts"], { axis: int(1) }),
      node("SequenceAt", ["parts", "one"], ["a"]),
      node("SequenceAt", ["parts", "last"], ["b"]),
      node("Concat", ["b", "a"], ["y"], { axis: int(1) }),
    ],
    ["Split", "Concat"],
  ],
  [
    "of given sizes",
    [
      node("SplitToSequence", ["x", "sizes"], ["parts"], { axis: int(-1) }),
      node("SequenceInsert", ["parts", "x", "one"], ["more"]),
      node("SequenceInsert", ["more", "x"], ["most"]),
      node("ConcatFromSequence", ["most"], ["y"], { axis: int(1) }),
    ],
    ["Split", "Concat"],
  ],
  [
    "of single rows",
    [
      node("SplitToSequence", ["x"], ["rows"], { axis: int(1), keepdims: int(0) }),
      node("SequenceAt", ["rows", "one"], ["a"]),
      node("SequenceAt", ["rows", "last"], ["b"]),
      node("SequenceConstruct", ["b", "a"], ["both"]),
      node("ConcatFromSequence", ["both"], ["y"], { axis: int(0), new_axis: int(1) }),
    ],
    ["Split", "Concat"],
  ],
] as const)("a list %s is taken apart", async (_, nodes, ops) => {
  const model = modelOf({
    nodes: [...nodes],
    inputs: [value("x", ["N", 8])],
    outputs: [output("y")],
    initializers: [scalar("three", 3), scalar("one", 1), scalar("last", -1), numbers("sizes", 1, 5, 2)],
  });
  const settled = await foldToFixpoint(model, runtime, { sizes: {}, batch: "N" });
  expect(settled.model.graph.nodes.map(({ op }) => op)).toEqual(expect.arrayContaining([...ops]));
  expect(settled.model.graph.nodes.some(({ op }) => op.includes("Sequence"))).toBe(false);
  expect(settled.shapes.has("y")).toBe(true);
  const feeds = { x: floats([2, 8]) };
  expect(difference((await run(model, feeds)).y, (await run(settled.model, feeds)).y)).toBe(0);
});

test("a whole network inside a branch", async () => {
  const model = modelOf({
    nodes: [
      node("If", ["yes"], ["y"], {
        then_branch: branch([node("MatMul", ["x", "w"], ["t"])], "t"),
        else_branch: branch([node("Relu", ["x"], ["e"])], "e"),
      }),
    ],
    inputs: [value("x", ["N", 3])],
    outputs: [output("y")],
    initializers: [yes, floatTensor("w", [3, 2], noise(6))],
  });
  const { model: settled, shapes } = await foldToFixpoint(model, runtime, { sizes: {}, batch: "N" });
  expect(settled.graph.nodes.map(({ op }) => op)).toEqual(["MatMul"]);
  expect(shapes.get("y")?.dims).toEqual([{ times: 1 }, 2]);
});

test("an If in a taken branch keeps a constant that a graph two further in uses", async () => {
  const deep = {
    then_branch: branch([node("Mul", ["x", "kept"], ["deeper"])], "deeper"),
    else_branch: branch([node("Sub", ["x", "kept"], ["deepest"])], "deepest"),
  };
  const taken = branch(
    [
      node("Constant", [], ["kept"], { value: { kind: "tensor", value: floatTensor("", [3], [2, 3, 4]) } }),
      node("Add", ["one", "one"], ["two"]),
      node("If", ["flag"], ["chosen"], {
        then_branch: branch([node("If", ["flag"], ["deep"], deep)], "deep"),
        else_branch: branch([node("Neg", ["x"], ["minus"])], "minus"),
      }),
      node("Mul", ["chosen", "two"], ["made"]),
    ],
    "made",
  );
  const model = modelOf({
    nodes: [
      node("ReduceMax", ["x"], ["most"], { keepdims: int(0) }),
      node("Cast", ["most"], ["flag"], { to: int(9) }),
      node("If", ["yes"], ["r"], {
        then_branch: taken,
        else_branch: branch([node("Identity", ["x"], ["e"])], "e"),
      }),
      node("Add", ["r", "x"], ["y"]),
    ],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
    initializers: [yes, floatTensor("one", [1], [1])],
  });
  const settled = await foldToFixpoint(model, runtime, { sizes: {} });
  expect(settled.model.graph.nodes.filter(({ op }) => op === "If")).toHaveLength(1);
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(model, feeds)).y, (await run(settled.model, feeds)).y)).toBe(0);
});
