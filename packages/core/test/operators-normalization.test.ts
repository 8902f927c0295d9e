/**
 * Normalizations: as one operation they pass relevance, written out they do too, and their gradients are exact.
 * checkRule and checkGradient expect what the oracle computes.
 */
import { floatValue as float } from "@onnx-lrp/onnx-loader";
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { ExplainerOptions } from "../src/index.ts";
import { zplus } from "../src/rules/index.ts";
import { difference } from "./compare.ts";
import { checkGradient, checkRule, type OperatorCase } from "./operator-check.ts";
import { pictures } from "./pictures.ts";

const epsilon = { epsilon: float(1e-2) };

const operations: readonly OperatorCase[] = [
  {
    name: "InstanceNormalization",
    build: (g, x) => g.add("InstanceNormalization", [x, g.weights([3]), g.weights([3])], epsilon),
  },
  {
    name: "LayerNormalization over the last axis",
    build: (g, x) => g.add("LayerNormalization", [x, g.weights([6]), g.weights([6])], epsilon),
  },
  {
    name: "LayerNormalization over three axes, without a shift",
    build: (g, x) => g.add("LayerNormalization", [x, g.weights([3, 4, 6])], { ...epsilon, axis: 1 }),
  },
  {
    name: "GroupNormalization with a scale a channel",
    opset: 21,
    size: [4, 3, 4],
    build: (g, x) =>
      g.add("GroupNormalization", [x, g.weights([4]), g.weights([4])], { ...epsilon, num_groups: 2 }),
  },
  {
    name: "RMSNormalization",
    opset: 23,
    build: (g, x) => g.add("RMSNormalization", [x, g.weights([6])], epsilon),
  },
  { name: "LpNormalization", build: (g, x) => g.add("LpNormalization", [x], { axis: 1 }) },
  { name: "LpNormalization, p 1", build: (g, x) => g.add("LpNormalization", [x], { axis: -1, p: 1 }) },
  {
    name: "LRN of an odd size",
    size: [5, 2, 3],
    build: (g, x) => g.add("LRN", [x], { size: 3, alpha: float(0.7), beta: float(0.6) }),
  },
  {
    name: "the norm of a value",
    build: (g, x) => g.add("ReduceL2", [x], { axes: [1, 2] }),
  },
];

describe.each(operations)("$name", (at) => {
  test("rules", async () => {
    await checkRule(at, zplus, "zplus");
    await checkRule(at, zplus, "zplus", "Softplus");
  });
  test("gradient", () => checkGradient(at));
});

const number = (g: Network, value: number) => g.floats([value], []);

interface Written {
  readonly name: string;
  /** The same as one operation, where there is one; else relevance has to pass unchanged. */
  readonly operation?: (g: Network, x: string) => string;
  build(g: Network, x: string): string;
}

const layerNorm = (g: Network, x: string) =>
  g.add("LayerNormalization", [x, g.weights([6]), g.weights([6])], epsilon);
const groupNorm = (g: Network, x: string) =>
  g.add("InstanceNormalization", [x, g.weights([3]), g.weights([3])], epsilon);

const written: readonly Written[] = [
  {
    name: "LayerNorm as PyTorch exports it",
    operation: layerNorm,
    build(g, x) {
      const centred = g.add("Sub", [x, g.add("ReduceMean", [x], { axes: [-1] })]);
      const variance = g.add("ReduceMean", [g.add("Pow", [centred, number(g, 2)])], { axes: [-1] });
      const deviation = g.add("Sqrt", [g.add("Add", [variance, number(g, 1e-2)])]);
      const [gamma, beta] = [g.weights([6]), g.weights([6])];
      return g.add("Add", [g.add("Mul", [g.add("Div", [centred, deviation]), gamma]), beta]);
    },
  },
  {
    name: "LayerNorm as Keras writes it",
    operation: layerNorm,
    build(g, x) {
      const [gamma, beta] = [g.weights([6]), g.weights([6])];
      const mean = g.add("ReduceMean", [x], { axes: [3] });
      const off = g.add("Sub", [x, mean]);
      const variance = g.add("ReduceMean", [g.add("Mul", [off, off])], { axes: [3] });
      const inverse = g.add("Reciprocal", [g.add("Sqrt", [g.add("Add", [variance, number(g, 1e-2)])])]);
      const factor = g.add("Mul", [inverse, gamma]);
      return g.add("Add", [g.add("Mul", [x, factor]), g.add("Sub", [beta, g.add("Mul", [mean, factor])])]);
    },
  },
  {
    name: "LayerNorm by the mean of squares",
    operation: layerNorm,
    build(g, x) {
      const [gamma, beta] = [g.weights([6]), g.weights([6])];
      const mean = g.add("ReduceMean", [x], { axes: [3] });
      const squares = g.add("ReduceMean", [g.add("Mul", [x, x])], { axes: [3] });
      const variance = g.add("Sub", [squares, g.add("Mul", [mean, mean])]);
      const deviation = g.add("Sqrt", [g.add("Add", [variance, number(g, 1e-2)])]);
      const normal = g.add("Div", [g.add("Sub", [x, mean]), deviation]);
      return g.add("Add", [beta, g.add("Mul", [gamma, normal])].reverse());
    },
  },
  {
    name: "instance norm written out, of N, H, W, C",
    operation: groupNorm,
    build(g, x) {
      const [gamma, beta] = [g.weights([3]), g.weights([3])];
      const last = g.add("Transpose", [x], { perm: [0, 2, 3, 1] });
      const centred = g.add("Sub", [last, g.add("ReduceMean", [last], { axes: [1, 2] })]);
      const variance = g.add("ReduceMean", [g.add("Mul", [centred, centred])], { axes: [1, 2] });
      const inverse = g.add("Div", [
        number(g, 1),
        g.add("Sqrt", [g.add("Add", [variance, number(g, 1e-2)])]),
      ]);
      const scaled = g.add("Add", [g.add("Mul", [g.add("Mul", [centred, inverse]), gamma]), beta]);
      return g.add("Transpose", [scaled], { perm: [0, 3, 1, 2] });
    },
  },
  {
    name: "RMS norm",
    build(g, x) {
      const squares = g.add("ReduceMean", [g.add("Pow", [x, number(g, 2)])], { axes: [-1] });
      const root = g.add("Sqrt", [g.add("Add", [squares, number(g, 1e-2)])]);
      return g.add("Mul", [g.add("Mul", [x, g.add("Div", [number(g, 1), root])]), g.weights([6])]);
    },
  },
  {
    name: "features over their norm (torch's normalize)",
    build(g, x) {
      const norm = g.add("Clip", [g.add("ReduceL2", [x], { axes: [1] }), number(g, 1e-6)]);
      return g.add("Div", [x, g.add("Expand", [norm, g.ints([1, 3, 4, 6])])]);
    },
  },
  {
    name: "features over their norm as the root of the sum of squares",
    build(g, x) {
      const norm = g.add("Sqrt", [
        g.add("Max", [g.add("ReduceSumSquare", [x], { axes: [1] }), number(g, 1e-9)]),
      ]);
      return g.add("Mul", [g.add("Reciprocal", [norm]), x]);
    },
  },
  {
    name: "global response normalization (ConvNeXt V2)",
    build(g, x) {
      const norm = g.add("ReduceL2", [x], { axes: [2, 3] });
      const mean = g.add("Add", [g.add("ReduceMean", [norm], { axes: [1] }), number(g, 1e-6)]);
      return g.add("Mul", [x, g.add("Div", [norm, mean])]);
    },
  },
  {
    name: "EvoNorm S0",
    build(g, x) {
      const bent = g.add("Mul", [x, g.add("Sigmoid", [g.add("Mul", [x, g.weights([3, 1, 1])])])]);
      const groups = g.add("Reshape", [x, g.ints([0, 1, -1])]);
      const off = g.add("Sub", [groups, g.add("ReduceMean", [groups], { axes: [2] })]);
      const variance = g.add("ReduceMean", [g.add("Mul", [off, off])], { axes: [2] });
      const deviation = g.add("Sqrt", [g.add("Add", [variance, number(g, 1e-2)])]);
      const wide = g.add("Expand", [deviation, g.ints([1, 3, 24])]);
      return g.add("Div", [bent, g.add("Reshape", [wide, g.ints([0, 3, 4, 6])])]);
    },
  },
  {
    name: "filter response normalization",
    build(g, x) {
      const squares = g.add("ReduceMean", [g.add("Mul", [x, x])], { axes: [2, 3] });
      const inverse = g.add("Reciprocal", [g.add("Sqrt", [g.add("Add", [squares, number(g, 1e-2)])])]);
      const normal = g.add("Mul", [x, inverse]);
      return g.add("Max", [g.add("Add", [normal, g.weights([3, 1, 1])]), g.weights([3, 1, 1])]);
    },
  },
  {
    name: "local response normalization as PyTorch writes it",
    operation: (g, x) =>
      g.add("LRN", [x], { size: 3, alpha: float(0.9), bias: float(1.5), beta: float(0.75) }),
    build(g, x) {
      const squares = g.add("Unsqueeze", [g.add("Mul", [x, x]), g.ints([1])]);
      const padded = g.add("Pad", [squares, g.ints([0, 0, 1, 0, 0, 0, 0, 1, 0, 0])]);
      const mean = g.add("AveragePool", [padded], { kernel_shape: [3, 1, 1] });
      const low = g.add("Mul", [g.add("Squeeze", [mean, g.ints([1])]), number(g, 0.9)]);
      return g.add("Div", [x, g.add("Pow", [g.add("Add", [low, number(g, 1.5)]), number(g, 0.75)])]);
    },
  },
];

/** Between two layers; the weights of both models are the same, for they are drawn in one order. */
function between(build: (g: Network, x: string) => string) {
  const g = network({ input: ["N", 3, 4, 6], seed: 4 });
  const weights = g.weights([72, 5]);
  const x = g.conv(g.image, [3, 3, 3, 3], { pads: [1, 1, 1, 1] });
  return g.model(g.add("MatMul", [g.flatten(build(g, x)), weights]));
}

async function mapsOf(build: Written["build"], options: ExplainerOptions) {
  const explainer = await explainerFor(between(build), options);
  const results = await explainer.explain(pictures(2, 72, 8), [
    [0, 3],
    [4, 1],
  ]);
  await explainer.release();
  return results.flatMap(({ explanations, logits }) => [
    logits,
    ...explanations.map(({ relevance }) => relevance),
  ]);
}

const operationsWritten = written.flatMap(({ name, build, operation }) =>
  operation === undefined ? [] : [{ name, build, operation }],
);

test.each(operationsWritten)(
  "$name, written out, gives what the operation gives",
  async ({ build, operation }) => {
    for (const options of [
      { method: "lrp", composite: "zplus" },
      { method: "clrp", composite: "epsilon" },
      { method: "gradient" },
    ] as const) {
      const [out, one] = [await mapsOf(build, options), await mapsOf(operation, options)];
      expect(out).toHaveLength(6);
      for (const [i, map] of out.entries()) expect.soft(difference(map, one[i] ?? [])).toBeLessThan(2e-5);
    }
  },
);

describe.each(written)("$name, written out", ({ build }) => {
  test("gradient", () => checkGradient({ name: "", build }));

  test("passes relevance on unchanged", async () => {
    const explainer = await explainerFor(between(build), {
      method: "lrp",
      composite: "zplus",
      conservation: true,
    });
    const inner = (explainer.prepared?.analysis.graph.nodes ?? []).filter(({ rule }) => rule === undefined);
    // One, where what is written out is joined.
    expect(inner.length).toBeGreaterThan(0);
    for (const { edges, behaviour } of inner) {
      expect(edges).toHaveLength(1);
      expect(behaviour.kind === "linear").toBe(false);
    }
    await explainer.release();
  });
});

test("a value is added to its mean as a sum", async () => {
  const add = (g: Network, x: string) => g.add("Add", [x, g.add("ReduceMean", [x], { axes: [2] })]);
  await checkRule({ name: "", build: add }, zplus, "zplus");
});
