import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import {
  type Attribute,
  floatValue as float,
  floatTensor,
  intValue as int,
  intsValue as ints,
  type Model,
  type Node,
  readModel,
  writeModel,
} from "../src/index.ts";
import { inlineFunctions } from "../src/internal.ts";
import { call, domain, type FunctionParts, withFunctions } from "./functions.ts";
import { difference, floats, noise, run } from "./shared.ts";

const from = (name: string): Attribute => ({ kind: "reference", value: name });

/** x + bias, LeakyReLU with the call's slope. */
const activation: FunctionParts = {
  name: "activation",
  inputs: ["x", "bias"],
  outputs: ["result"],
  defaults: { slope: float(0.25) },
  nodes: [
    node("Add", ["x", "bias"], ["sum"]),
    node("LeakyRelu", ["sum"], ["result"], { alpha: from("slope") }),
  ],
};

function modelWith(nodes: readonly Node[], functions: readonly FunctionParts[], opset = 17): Model {
  const model = modelOf({
    opset,
    nodes,
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
    initializers: [floatTensor("b", [3], noise(3, 5))],
  });
  return withFunctions(model, functions);
}

/** The difference to what onnxruntime, which knows functions, makes of the file; nothing of the functions is left. */
async function inlined(model: Model): Promise<number> {
  const after = inlineFunctions(readModel(writeModel(model)));
  expect(after.model.functions).toEqual([]);
  expect(Object.keys(after.model.opsets)).not.toContain(domain);
  expect(after.changed.join()).toMatch(/^The functions? that the model defines/);
  const feeds = { x: floats([2, 3]) };
  return difference((await run(model, feeds)).y, (await run(after.model, feeds)).y);
}

test("a call takes its attributes, and the function's own where it gives none", async () => {
  const nodes = [
    call("activation", ["x", "b"], ["a"], { slope: float(0.5) }),
    call("activation", ["a", "b"], ["y"]),
  ];
  expect(await inlined(modelWith(nodes, [activation]))).toBe(0);
  expect(inlineFunctions(modelWith(nodes, [activation])).changed).toEqual([
    "The function that the model defines (activation) is inlined.",
  ]);
});

test("an attribute without a default that is left out is left out inside", async () => {
  const { defaults: _, ...parts } = activation;
  const bare: FunctionParts = { ...parts, attributes: ["slope"] };
  const nodes = [call("activation", ["x", "b"], ["y"])];
  const { model } = inlineFunctions(modelWith(nodes, [bare]));
  expect(model.graph.nodes.map(({ op, attributes }) => [op, attributes.size])).toEqual([
    ["Add", 0],
    ["LeakyRelu", 0],
  ]);
});

test("functions that call functions hand attributes on", async () => {
  const twice: FunctionParts = {
    name: "twice",
    inputs: ["x", "bias"],
    outputs: ["y"],
    attributes: ["steepness"],
    nodes: [
      call("activation", ["x", "bias"], ["sum"], { slope: from("steepness") }),
      call("activation", ["sum", "bias"], ["y"]),
    ],
  };
  const nodes = [
    call("twice", ["x", "b"], ["sum"], { steepness: float(0.75) }),
    call("twice", ["sum", "b"], ["y"], { steepness: float(-1) }),
  ];
  expect(await inlined(modelWith(nodes, [activation, twice]))).toBe(0);
});

test("inputs and outputs that a call leaves out are left out inside", async () => {
  const clip: FunctionParts = {
    name: "clip",
    inputs: ["x", "low", "high"],
    outputs: ["clipped", "double"],
    nodes: [node("Clip", ["x", "low", "high"], ["clipped"]), node("Add", ["clipped", "clipped"], ["double"])],
  };
  const model = modelWith([call("clip", ["x", "", "limit"], ["", "y"])], [clip]);
  const graph = { ...model.graph, initializers: new Map([["limit", floatTensor("limit", [], [0.25])]]) };
  expect(await inlined({ ...model, graph })).toBe(0);
  // onnxruntime's own inlining fails where the last outputs are left out.
  const shorter = { ...model, graph: { ...graph, nodes: [call("clip", ["x"], ["y"])] } };
  expect(inlineFunctions(shorter).model.graph.nodes.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
    [["x", "", ""], ["y"]],
    [["y", "y"], ["clip y/double"]],
  ]);
});

test("a result that is a parameter is handed on", async () => {
  const pair: FunctionParts = {
    name: "pair",
    inputs: ["x"],
    outputs: ["x", "negative", "negative"],
    nodes: [node("Neg", ["x"], ["negative"])],
  };
  const { model } = inlineFunctions(
    modelWith([call("pair", ["x"], ["k", "l", "m"]), node("Sum", ["k", "l", "m"], ["y"])], [pair]),
  );
  const feeds = { x: floats([2, 3]) };
  const { y } = await run(model, feeds);
  expect(Array.from(y?.data ?? [], Number)).toEqual(Array.from(feeds.x.data, Number).map((x) => -x));
});

test("graphs inside a function use its values and attributes under their new names", async () => {
  const branch = (slope: Attribute) => ({
    kind: "graph" as const,
    value: graphOf({
      nodes: [node("LeakyRelu", ["sum"], ["inner"], { alpha: slope })],
      inputs: [],
      outputs: [output("inner")],
    }),
  });
  const choice: FunctionParts = {
    name: "choice",
    inputs: ["x", "bias"],
    outputs: ["y"],
    attributes: ["slope"],
    nodes: [
      node("Add", ["x", "bias"], ["sum"]),
      node("ReduceSum", ["sum"], ["total"], { keepdims: int(0) }),
      node("Constant", [], ["zero"], { value: { kind: "tensor", value: floatTensor("", [], [0]) } }),
      node("Greater", ["total", "zero"], ["positive"]),
      node("If", ["positive"], ["y"], { then_branch: branch(from("slope")), else_branch: branch(float(2)) }),
    ],
  };
  const nodes = [
    call("choice", ["x", "b"], ["sum"], { slope: float(0.5) }),
    call("choice", ["sum", "b"], ["y"], { slope: float(-0.5) }),
  ];
  expect(await inlined(modelWith(nodes, [choice]))).toBe(0);
});

test("calls inside a graph inside the network are inlined too", async () => {
  const branch = (slope: number) => ({
    kind: "graph" as const,
    value: graphOf({
      nodes: [call("activation", ["x", "b"], [`inner${slope}`], { slope: float(slope) })],
      inputs: [],
      outputs: [output(`inner${slope}`)],
    }),
  });
  const model = modelWith(
    [
      node("ReduceSum", ["x"], ["total"], { keepdims: int(0) }),
      node("Cast", ["total"], ["yes"], { to: int(9) }),
      node("If", ["yes"], ["y"], { then_branch: branch(2), else_branch: branch(3) }),
    ],
    [activation],
  );
  expect(await inlined(model)).toBe(0);
});

test("overloads are told apart", () => {
  const other: FunctionParts = {
    ...activation,
    overload: "other",
    nodes: [node("Mul", ["x", "bias"], ["result"])],
  };
  const nodes = [
    call("activation", ["x", "b"], ["a"]),
    { ...call("activation", ["a", "b"], ["y"]), overload: "other" },
  ];
  const { model } = inlineFunctions(readModel(writeModel(modelWith(nodes, [activation, other]))));
  expect(model.graph.nodes.map(({ op }) => op)).toEqual(["Add", "LeakyRelu", "Mul"]);
});

test("fresh names do not meet those of the graph", async () => {
  const nodes = [
    { ...call("activation", ["x", "b"], ["first/sum"]), name: "first" },
    { ...call("activation", ["first/sum", "b"], ["y"]), name: "second" },
  ];
  expect(await inlined(modelWith(nodes, [activation]))).toBe(0);
});

test("a function of an older opset is raised with the network", async () => {
  const squeezed: FunctionParts = {
    name: "squeezed",
    inputs: ["x"],
    outputs: ["y"],
    opsets: { "": 11 },
    nodes: [
      node("Unsqueeze", ["x"], ["more"], { axes: ints([0]) }),
      node("Softmax", ["more"], ["soft"]),
      node("Squeeze", ["soft"], ["y"], { axes: ints([0]) }),
    ],
  };
  const model = modelWith([call("squeezed", ["x"], ["a"]), call("squeezed", ["a"], ["y"])], [squeezed], 13);
  const after = inlineFunctions(model).model;
  expect(after.opsets).toEqual({ "": 17 });
  const all = modelOf({
    opset: 11,
    nodes: [
      node("Unsqueeze", ["x"], ["more"], { axes: ints([0]) }),
      node("Softmax", ["more"], ["soft"]),
      node("Softmax", ["soft"], ["softer"]),
      node("Squeeze", ["softer"], ["y"], { axes: ints([0]) }),
    ],
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
  });
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(all, feeds)).y, (await run(after, feeds)).y)).toBeLessThan(1e-7);
});

test("a function of a newer opset raises the network, where nothing changed in between", async () => {
  const newer: FunctionParts = {
    name: "newer",
    inputs: ["x"],
    outputs: ["y"],
    opsets: { "": 20 },
    nodes: [node("Gelu", ["x"], ["y"])],
  };
  const nodes = [node("Relu", ["x"], ["r"]), call("newer", ["r"], ["y"])];
  const { model } = inlineFunctions(modelWith(nodes, [newer]));
  expect(model.opsets).toEqual({ "": 20 });
  expect((await run(model, { x: floats([2, 3]) })).y?.dims).toEqual([2, 3]);
  const old = [node("ReduceMean", ["x"], ["r"], { axes: ints([0]) }), call("newer", ["r"], ["y"])];
  const { message, kind } = userErrorOf(() => inlineFunctions(modelWith(old, [newer])));
  expect(kind).toBe("unsupported");
  expect(message).toMatch(/its graph uses ReduceMean of opset 17, another part opset 20/);
});

test("a function that calls itself is refused, and a call that does not fit", () => {
  const endless: FunctionParts = { ...activation, nodes: [call("activation", ["x", "bias"], ["result"])] };
  const nodes = [call("activation", ["x", "b"], ["y"])];
  expect(userErrorOf(() => inlineFunctions(modelWith(nodes, [endless]))).message).toMatch(/calls itself/);
  const more = [call("activation", ["x", "b", "b"], ["y"])];
  expect(userErrorOf(() => inlineFunctions(modelWith(more, [activation]))).message).toMatch(/more inputs/);
});

test("a damaged function is told in a sentence", () => {
  const model = { ...modelWith([node("Relu", ["x"], ["y"])], []), functions: [Uint8Array.of(0x3a, 9, 1)] };
  expect(userErrorOf(() => inlineFunctions(model)).message).toMatch(/cannot be decoded/);
});

test("functions that nothing calls go without a word", () => {
  const result = inlineFunctions(modelWith([node("Relu", ["x"], ["y"])], [activation]));
  expect(result.changed).toEqual([]);
  expect(result.model.functions).toEqual([]);
});
