/** DeepLIFT through attention and normalizations: multipliers against float64, from the definitions alone, and summation to delta. */
import { floatValue, inputOf, intAttribute, type Node } from "@onnx-lrp/onnx-loader";
import { explainOnce } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { attentionNetworks } from "./attention-networks.ts";
import { total } from "./compare.ts";
import { backward, oneHot, type Special } from "./oracle/backward.ts";
import { runForward, type Values } from "./oracle/forward.ts";
import { layerOf } from "./oracle/layer.ts";
import { floatOf } from "./oracle/operation.ts";
import { batchOf } from "./oracle/relevance.ts";
import { axisOf, type Dense, stridesOf, zeros } from "./oracle/tensor.ts";
import { pictures } from "./pictures.ts";

/** An element now and on the baseline. */
interface Pair {
  readonly now: number;
  readonly base: number;
}

const pair = (now: Dense, base: Dense, at: number): Pair => ({
  now: now.data[at] ?? 0,
  base: base.data[at] ?? 0,
});
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = ({ now, base }: Pair) => (now + base) / 2;

/** The rescale rule at f, and its derivative where there is no difference, as at a class token. */
function quotient(f: (x: number) => number, { now, base }: Pair): number {
  if (now === base) return quotient(f, { now: now + 1e-5, base: base - 1e-5 });
  return (f(now) - f(base)) / (now - base);
}

const functions: Readonly<Record<string, (x: number) => number>> = {
  Softplus: (x) => Math.log1p(Math.exp(x)),
  Tanh: Math.tanh,
};

const bothWays = (f: (values: (of: Pair) => number) => number): Pair => ({
  now: f(({ now }) => now),
  base: f(({ base }) => base),
});

/** log y = x - log(sum(exp(x))), and y = exp(log y). */
function softmax(x: readonly Pair[], m: readonly number[]): number[] {
  const total = bothWays((of) => sum(x.map((each) => Math.exp(of(each)))));
  const logs = x.map((each) => ({
    now: each.now - Math.log(total.now),
    base: each.base - Math.log(total.base),
  }));
  const byLog = m.map((each, i) => each * quotient(Math.exp, logs[i] ?? { now: 0, base: 0 }));
  const bySum = -sum(byLog) * quotient(Math.log, total);
  return x.map((each, i) => (byLog[i] ?? 0) + bySum * quotient(Math.exp, each));
}

/** y = c s + shift with s = 1 / sqrt(mean(c^2) + epsilon) and c = x, or x - mean(x). */
function normalized(x: readonly Pair[], m: readonly number[], epsilon: number, centred: boolean): number[] {
  const middle = bothWays((of) => (centred ? sum(x.map(of)) / x.length : 0));
  const c = x.map(({ now, base }) => ({ now: now - middle.now, base: base - middle.base }));
  const variance = bothWays((of) => sum(c.map((each) => of(each) ** 2)) / x.length);
  const inverse = (v: number) => 1 / Math.sqrt(v + epsilon);
  const s = { now: inverse(variance.now), base: inverse(variance.base) };
  const byInverse = sum(m.map((each, i) => each * mean(c[i] ?? s)));
  const byVariance = byInverse * quotient(inverse, variance);
  const byCentre = m.map((each, i) => {
    const square = quotient((v) => v * v, c[i] ?? s);
    return each * mean(s) + (byVariance / x.length) * square;
  });
  return centred ? byCentre.map((each) => each - sum(byCentre) / x.length) : byCentre;
}

/** What the node's own rule gives, of this value pair by pair. */
function rescale(own: Values, before: Values): Special {
  const of = (values: Values, name: string) => values.get(name) ?? zeros([0]);
  const both = (name: string) => [of(own, name), of(before, name)] as const;
  const along = (node: Node, axis: number, r: Float64Array, rule: typeof softmax) => {
    const [x, x0] = both(inputOf(node, 0));
    const stride = stridesOf(x.dims)[axis] ?? 1;
    const size = x.dims[axis] ?? 1;
    const result = new Float64Array(r.length);
    for (let first = 0; first < r.length; first += 1) {
      if (Math.floor(first / stride) % size !== 0) continue;
      const places = Array.from({ length: size }, (_, i) => first + i * stride);
      const back = rule(
        places.map((at) => pair(x, x0, at)),
        places.map((at) => r[at] ?? 0),
      );
      for (const [i, at] of places.entries()) result[at] = back[i] ?? 0;
    }
    return [result];
  };
  return (node, slots, r) => {
    const [x, x0] = both(inputOf(node, slots[0] ?? 0));
    const f = functions[node.op];
    if (f !== undefined) return [r.map((m, i) => m * quotient(f, pair(x, x0, i)))];
    switch (node.op) {
      case "Softmax":
        return along(node, axisOf(intAttribute(node, "axis", -1), x.dims.length), r, softmax);
      case "LayerNormalization":
      case "RMSNormalization": {
        const [scale] = both(inputOf(node, 1));
        const size = scale.data.length;
        const scaled = r.map((m, i) => m * (scale.data[i % size] ?? 0));
        const epsilon = floatOf(node, "epsilon", 1e-5);
        const centred = node.op === "LayerNormalization";
        return along(node, x.dims.length - 1, scaled, (xs, ms) => normalized(xs, ms, epsilon, centred));
      }
      case "Div":
        return slots.length < 2 ? undefined : divided(node, r);
      case "Mul":
      case "MatMul":
      case "Einsum":
        return slots.length < 2 ? undefined : [0, 1].map((slot) => meanOfOther(node, slot, r));
      default:
        return undefined;
    }
  };

  /** m_a = m (b + b0) / 2: the map of one factor, with the mean of the other. */
  function meanOfOther(node: Node, slot: number, r: Float64Array): Float64Array {
    const name = inputOf(node, 1 - slot);
    const [other, other0] = both(name);
    const data = other.data.map((value, i) => (value + (other0.data[i] ?? 0)) / 2);
    const { w } = layerOf({ ...node }, [], [slot], new Map(own).set(name, { dims: other.dims, data }));
    return Float64Array.from(w, (row) => sum(Array.from(row, (weight, j) => weight * (r[j] ?? 0))));
  }

  /** Of values of one shape: the product of a and 1 / b. */
  function divided(node: Node, r: Float64Array): Float64Array[] {
    const [a, a0] = both(inputOf(node, 0));
    const [b, b0] = both(inputOf(node, 1));
    const inverse = (v: number) => 1 / v;
    return [
      r.map((m, i) => m * mean({ now: inverse(b.data[i] ?? 0), base: inverse(b0.data[i] ?? 0) })),
      r.map((m, i) => m * mean(pair(a, a0, i)) * quotient(inverse, pair(b, b0, i))),
    ];
  }
}

const one = (inner: (g: Network, x: string) => string) => {
  const g = network({ input: ["N", 3, 4, 4], seed: 41, opset: 23 });
  const x = g.add("Reshape", [g.conv(g.image, [6, 3, 2, 2], { strides: [2, 2] }), g.ints([0, 6, 4])]);
  return g.model(g.dense(g.flatten(inner(g, x)), 24, 4));
};
const positive = (g: Network, x: string) => g.add("Add", [g.add("Softplus", [x]), g.floats([0.2])]);

const networks = {
  ...attentionNetworks,
  Softmax: one((g, x) => g.add("Softmax", [g.add("Mul", [x, g.floats([5])])], { axis: 1 })),
  RMSNormalization: one((g, x) => g.add("RMSNormalization", [x, g.weights([4], 0.5, 1.5)])),
  "a quotient": one((g, x) => g.add("Div", [x, positive(g, x)])),
};
// The oracle's matrices are found by differences, and -inf less -inf is no number.
const { "a mask of -inf": masked, ...finite } = networks;

const images = pictures(2, 48, 5);
const [reference = new Float32Array()] = pictures(1, 48, 6);

test.each(Object.entries(finite))("%s: multipliers", async (_, model) => {
  const results = await explainOnce(
    model,
    images,
    [
      [0, 3],
      [2, 1],
    ],
    {
      method: "deeplift",
      baseline: reference,
    },
  );
  const before = runForward(model, batchOf(model, [reference]));
  for (const [n, image] of images.entries()) {
    const own = runForward(model, batchOf(model, [image]));
    for (const { target, relevance, logit, convergenceDelta } of results[n]?.explanations ?? []) {
      const back = backward(model, own, oneHot(4, target), undefined, rescale(own, before)).get("image");
      const expected = (back ?? new Float64Array()).map(
        (m, i) => m * ((image[i] ?? 0) - (reference[i] ?? 0)),
      );
      const z0 = before.get(model.graph.outputs[0]?.name ?? "")?.data[target] ?? 0;
      const change = (own.get(model.graph.outputs[0]?.name ?? "")?.data[target] ?? 0) - z0;
      expect.soft(Math.abs(total(expected) - change), "the definition").toBeLessThan(1e-7);
      expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(expected, 1e-4);
      expect.soft(total(relevance)).toBeCloseTo(logit - z0, 5);
      expect.soft(Math.abs(convergenceDelta ?? 1)).toBeLessThan(1e-5);
    }
  }
});

describe("summation to delta", () => {
  const sized = (g: Network, x: string) => g.add("Mul", [x, g.floats([40])]);
  const cases: Readonly<Record<string, (g: Network, x: string) => string>> = {
    "a softmax that is nearly one-hot": (g, x) => g.add("Softmax", [sized(g, x)], { axis: 1 }),
    "its logarithm": (g, x) => g.add("LogSoftmax", [sized(g, x)], { axis: 2 }),
    "the logarithm of a sum": (g, x) =>
      g.add("Mul", [x, g.add("ReduceLogSumExp", [sized(g, x), g.ints([1])], { keepdims: 1 })]),
    "the logarithm of a sum of positive numbers": (g, x) =>
      g.add("Mul", [x, g.add("ReduceLogSum", [g.add("Softplus", [x]), g.ints([1])])]),
    InstanceNormalization: (g, x) =>
      g.add("InstanceNormalization", [x, g.weights([6], 0.5, 1), g.weights([6])]),
    GroupNormalization: (g, x) =>
      g.add("GroupNormalization", [x, g.weights([6], 0.5, 1), g.weights([6])], { num_groups: 2 }),
    "LpNormalization, p = 1": (g, x) => g.add("LpNormalization", [x], { axis: 1, p: 1 }),
    "LpNormalization, p = 2": (g, x) => g.add("LpNormalization", [x], { axis: 2 }),
    LRN: (g, x) => {
      const square = g.add("Reshape", [sized(g, x), g.ints([0, 6, 2, 2])]);
      const local = g.add("LRN", [square], { size: 3, alpha: floatValue(0.5), bias: floatValue(2) });
      return g.add("Reshape", [local, g.ints([0, 6, 4])]);
    },
    ReduceL1: (g, x) => g.add("Mul", [x, g.add("ReduceL1", [x, g.ints([1])])]),
    "cosine of features": (g, x) =>
      g.add("Div", [x, g.add("Clip", [g.add("ReduceL2", [x, g.ints([1])]), g.floats([1e-6], [])])]),
    LpPool: (g, x) => g.add("Add", [x, g.add("LpPool", [x], { kernel_shape: [3], pads: [1, 1], p: 3 })]),
    ReduceSumSquare: (g, x) => g.add("Mul", [x, g.add("ReduceSumSquare", [x, g.ints([2])])]),
    "a normalization written out": (g, x) => {
      const centre = g.add("Sub", [x, g.add("ReduceMean", [x, g.ints([1])])]);
      const variance = g.add("ReduceMean", [g.add("Mul", [centre, centre]), g.ints([1])]);
      return g.add("Div", [centre, g.add("Sqrt", [g.add("Add", [variance, g.floats([1e-3])])])]);
    },
    "a softmax written out": (g, x) => {
      const e = g.add("Exp", [g.add("Mul", [x, g.floats([0.1])])]);
      return g.add("Div", [e, g.add("ReduceSum", [e, g.ints([1])])]);
    },
    Gelu: (g, x) => g.add("Gelu", [x]),
    "a choice that is fixed": (g, x) => g.add("Where", [truth(g), x, g.floats([0.5])]),
    "the sum with a constant": (g, x) => g.add("Sum", [x, g.add("Tanh", [x]), g.weights([1, 6, 4])]),
  };
  const truth = (g: Network) => g.add("Greater", [g.weights([1, 6, 4]), g.floats([0])]);

  const baselines = { black: [0], "far away": [30, -30, 20], "the other picture": reference };
  test.each(Object.entries(cases))("%s", async (_, make) => {
    for (const [name, baseline] of Object.entries(baselines)) {
      const results = await explainOnce(
        one(make),
        images,
        [
          [0, 1],
          [1, 3],
        ],
        {
          method: "deeplift",
          baseline,
        },
      );
      for (const { explanations } of results) {
        for (const { relevance, convergenceDelta } of explanations) {
          const size = relevance.reduce((all, value) => all + Math.abs(value), 0);
          expect.soft(size, name).toBeGreaterThan(1e-3);
          expect.soft(Math.abs(convergenceDelta ?? 1), name).toBeLessThan(1e-5 * Math.max(size, 0.1));
        }
      }
    }
  });

  test("a mask of -inf", async () => {
    const results = await explainOnce(masked, images, [[0], [1]], {
      method: "deeplift",
      baseline: reference,
    });
    for (const { explanations } of results) {
      for (const { relevance, convergenceDelta } of explanations) {
        expect(Math.hypot(...relevance)).toBeGreaterThan(1e-3);
        expect(Math.abs(convergenceDelta ?? 1)).toBeLessThan(1e-5);
      }
    }
  });
});

test("where the picture is the baseline, multipliers are the gradient", async () => {
  const model = networks["two blocks"];
  const [image = reference] = images;
  const near = image.map((value) => value + 1e-3);
  const [found] = await explainOnce(model, [near], [[1]], { method: "deeplift", baseline: image });
  const [slope] = await explainOnce(model, [image], [[1]], { method: "gradient" });
  const expected = (slope?.explanations[0]?.relevance ?? new Float32Array()).map((value) => value * 1e-3);
  expect(found?.explanations[0]?.relevance ?? []).toBeNear(expected, 0.02);
});
