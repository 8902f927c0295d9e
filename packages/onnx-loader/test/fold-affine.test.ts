import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import {
  type Attributes,
  floatValue as float,
  floatTensor,
  inferShapes,
  intValue as int,
  intsValue as ints,
  type Model,
  type Node,
  type Tensor,
} from "../src/index.ts";
import { foldAffine } from "../src/internal.ts";
import { difference, floats, noise, run, runtime } from "./shared.ts";

const positive = (count: number, seed: number) => noise(count, seed).map((x) => Math.abs(x) + 0.3);

function statistics(channels: number): Tensor[] {
  return [
    floatTensor("gamma", [channels], noise(channels, 11)),
    floatTensor("beta", [channels], noise(channels, 12)),
    floatTensor("mean", [channels], noise(channels, 13)),
    floatTensor("variance", [channels], positive(channels, 14)),
  ];
}

const weight = (name: string, dims: readonly number[], seed = 3) =>
  floatTensor(
    name,
    dims,
    noise(
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  );

const norm = (input: string, result: string, attributes: Attributes = {}): Node =>
  node(
    "BatchNormalization",
    [input, "gamma", "beta", "mean", "variance"],
    [result],
    attributes,
    `norm ${result}`,
  );

async function folded(model: Model): Promise<{ model: Model; changed: readonly string[] }> {
  return foldAffine(model, await inferShapes(model, runtime, { sizes: { N: 2 } }));
}

interface Case {
  readonly layer: Node;
  readonly dims: readonly number[];
  readonly channels: number;
  readonly weights: readonly Tensor[];
}

const bias = (channels: number) => weight("b", [channels], 5);

const cases: Readonly<Record<string, Case>> = {
  Conv: {
    layer: node("Conv", ["x", "w", "b"], ["c"], { pads: ints([1, 1, 1, 1]) }),
    dims: [2, 3, 5, 5],
    channels: 4,
    weights: [weight("w", [4, 3, 3, 3]), bias(4)],
  },
  "Conv without bias": {
    layer: node("Conv", ["x", "w"], ["c"]),
    dims: [2, 3, 5, 5],
    channels: 4,
    weights: [weight("w", [4, 3, 3, 3])],
  },
  "Conv in groups": {
    layer: node("Conv", ["x", "w", "b"], ["c"], { group: int(3) }),
    dims: [2, 3, 5, 5],
    channels: 6,
    weights: [weight("w", [6, 1, 3, 3]), bias(6)],
  },
  "Conv over one dimension": {
    layer: node("Conv", ["x", "w", "b"], ["c"]),
    dims: [2, 3, 9],
    channels: 4,
    weights: [weight("w", [4, 3, 3]), bias(4)],
  },
  ConvTranspose: {
    layer: node("ConvTranspose", ["x", "w", "b"], ["c"], { strides: ints([2, 2]) }),
    dims: [2, 3, 4, 4],
    channels: 5,
    weights: [weight("w", [3, 5, 2, 2]), bias(5)],
  },
  "ConvTranspose in groups": {
    layer: node("ConvTranspose", ["x", "w", "b"], ["c"], { group: int(2) }),
    dims: [2, 4, 4, 4],
    channels: 6,
    weights: [weight("w", [4, 3, 2, 2]), bias(6)],
  },
  Gemm: {
    layer: node("Gemm", ["x", "w", "b"], ["c"]),
    dims: [3, 6],
    channels: 4,
    weights: [weight("w", [6, 4]), bias(4)],
  },
  "Gemm, transposed and with factors": {
    layer: node("Gemm", ["x", "w", "b"], ["c"], { transB: int(1), alpha: float(0.5), beta: float(-2) }),
    dims: [3, 6],
    channels: 4,
    weights: [weight("w", [4, 6]), bias(4)],
  },
  "Gemm with a factor for a bias that is one number": {
    layer: node("Gemm", ["x", "w", "b"], ["c"], { beta: float(3) }),
    dims: [3, 6],
    channels: 4,
    weights: [weight("w", [6, 4]), weight("b", [1], 5)],
  },
  "Gemm without bias": {
    layer: node("Gemm", ["x", "w"], ["c"], { alpha: float(2) }),
    dims: [3, 6],
    channels: 4,
    weights: [weight("w", [6, 4])],
  },
  MatMul: {
    layer: node("MatMul", ["x", "w"], ["c"]),
    dims: [3, 6],
    channels: 4,
    weights: [weight("w", [6, 4])],
  },
};

test.each(Object.entries(cases))("%s and its batch normalization become one layer", async (_, one) => {
  const model = modelOf({
    nodes: [one.layer, norm("c", "y", { epsilon: float(0.01) })],
    inputs: [value("x", ["N", ...one.dims.slice(1)])],
    outputs: [output("y")],
    initializers: [...one.weights, ...statistics(one.channels)],
  });
  const after = await folded(model);
  expect(after.changed).toHaveLength(1);
  expect(after.model.graph.nodes.map(({ op }) => op)).not.toContain("BatchNormalization");
  const feeds = { x: floats(one.dims) };
  expect(difference((await run(model, feeds)).y, (await run(after.model, feeds)).y)).toBeLessThan(2e-5);
});

/** Each with "k", one number a channel, in a shape that suits the layer's output. */
const affine: Readonly<Record<string, readonly Node[]>> = {
  "a bias": [node("Add", ["c", "k"], ["y"])],
  "a bias on the left": [node("Add", ["k", "c"], ["y"])],
  "a term taken off": [node("Sub", ["c", "k"], ["y"])],
  "a factor": [node("Mul", ["k", "c"], ["y"])],
  "a divisor": [node("Div", ["c", "k"], ["y"])],
  "one factor for all": [node("Mul", ["c", "half"], ["y"])],
  "one divisor for all": [node("Div", ["c", "half"], ["y"])],
  "a factor and a bias": [node("Mul", ["c", "k"], ["m"]), node("Add", ["m", "k"], ["y"])],
  "a factor, batch normalization and a bias": [
    node("Mul", ["c", "k"], ["m"]),
    norm("m", "n"),
    node("Add", ["n", "k"], ["y"]),
  ],
};

test.each(
  Object.entries(cases).flatMap(([name, one]) =>
    Object.entries(affine).map(([what, after]) => [name, what, one, after] as const),
  ),
)("%s and %s become one layer", async (_, __, one, nodes) => {
  const k = [one.channels, ...one.dims.slice(2).map(() => 1)];
  const model = modelOf({
    nodes: [one.layer, ...nodes],
    inputs: [value("x", ["N", ...one.dims.slice(1)])],
    outputs: [output("y")],
    initializers: [
      ...one.weights,
      weight("k", k, 8),
      floatTensor("half", [], [0.5]),
      ...statistics(one.channels),
    ],
  });
  const after = await folded(model);
  const left = after.model.graph.nodes.at(-1);
  expect(["Conv", "ConvTranspose", "Gemm", "MatMul"]).toContain(left?.op);
  expect(left?.inputs[0]).toBe("x");
  const feeds = { x: floats(one.dims) };
  expect(difference((await run(model, feeds)).y, (await run(after.model, feeds)).y)).toBeLessThan(2e-5);
});

test("a chain of layers is folded, each with its own numbers", async () => {
  const second = statistics(4).map((tensor, i) => weight(`${tensor.name} 2`, [4], 20 + i));
  const [gamma = "", beta = "", mean = ""] = second.map(({ name }) => name);
  const model = modelOf({
    nodes: [
      node("Conv", ["x", "w"], ["c"], {}, "first"),
      norm("c", "d"),
      node("Relu", ["d"], ["e"]),
      node("Conv", ["e", "v"], ["f"], {}, "second"),
      node("BatchNormalization", ["f", gamma, beta, mean, "variance"], ["y"], {}, ""),
    ],
    inputs: [value("x", [1, 3, 6, 6])],
    outputs: [output("y")],
    initializers: [weight("w", [4, 3, 3, 3]), weight("v", [4, 4, 1, 1], 9), ...statistics(4), ...second],
  });
  const after = await folded(model);
  expect(after.changed).toEqual(["2 BatchNormalization nodes are folded into the layers before them."]);
  const feeds = { x: floats([1, 3, 6, 6]) };
  expect(difference((await run(model, feeds)).y, (await run(after.model, feeds)).y)).toBeLessThan(2e-5);
});

const conv = node("Conv", ["x", "w"], ["c"]);
const kept: Readonly<
  Record<
    string,
    { nodes: Node[]; outputs?: string[]; weights?: Tensor[]; dims?: number[]; inputs?: string[] }
  >
> = {
  "where the layer's output is used elsewhere too": {
    nodes: [conv, norm("c", "d"), node("Add", ["c", "d"], ["y"])],
  },
  "where the layer's output is an output of the graph": {
    nodes: [conv, norm("c", "y")],
    outputs: ["y", "c"],
  },
  "where something else lies between": {
    nodes: [conv, node("Relu", ["c"], ["r"]), norm("r", "y")],
  },
  "where the weights come from outside": {
    nodes: [node("Conv", ["x", "k"], ["c"]), norm("c", "y")],
    inputs: ["k"],
  },
  "of one term for all channels": {
    nodes: [conv, node("Add", ["c", "three"], ["y"])],
    weights: [weight("three", [1])],
  },
  "of a number for each position": {
    nodes: [conv, node("Add", ["c", "picture"], ["y"])],
    weights: [weight("picture", [3, 3])],
  },
  "of a constant from which the layer's output is taken off": {
    nodes: [conv, node("Sub", ["k", "c"], ["y"])],
    weights: [weight("k", [4, 1, 1])],
  },
  "behind a MatMul of rank 3": {
    nodes: [node("MatMul", ["x", "m"], ["c"]), norm("c", "y")],
    dims: [2, 4, 5],
    weights: [weight("m", [5, 6])],
  },
};

test.each(Object.entries(kept))(
  "nothing is folded %s",
  async (_, { nodes, outputs = ["y"], weights = [], dims = [1, 3, 5, 5], inputs = [] }) => {
    const model = modelOf({
      nodes,
      inputs: [value("x", dims), ...inputs.map((name) => value(name, [4, 3, 3, 3]))],
      outputs: outputs.map(output),
      initializers: [weight("w", [4, 3, 3, 3]), ...weights, ...statistics(4)],
    });
    const feeds = {
      x: floats(dims),
      ...Object.fromEntries(inputs.map((name) => [name, floats([4, 3, 3, 3])])),
    };
    expect(Object.keys(await run(model, feeds))).toEqual(outputs);
    const after = await folded(model);
    expect(after.changed).toEqual([]);
    expect(after.model).toBe(model);
  },
);
