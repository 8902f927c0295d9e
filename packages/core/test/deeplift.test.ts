/** DeepLIFT: summation to delta on random networks, and multipliers against float64 on a small one. */
import type { Model, Node } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { total } from "./compare.ts";
import { backward, oneHot, type Special } from "./oracle/backward.ts";
import { runForward, type Values } from "./oracle/forward.ts";
import { maxPoolWinners } from "./oracle/pooling.ts";
import { batchOf } from "./oracle/relevance.ts";
import { broadcastTo, type Dense, dense, elements } from "./oracle/tensor.ts";
import { pictures } from "./pictures.ts";
import { build, recipe } from "./random-network.ts";
import { residualNetwork } from "./sample-networks.ts";

// A baseline of one colour has no variance, so that instance normalization enlarges rounding: deeplift-attention.test.ts.
const refused = new Set(["chosen", "instanceNorm"]);
const covered = recipe.filter(({ steps }) => steps.every(({ kind }) => !refused.has(kind)));

async function gaps(model: Model, count: number, reference: readonly number[] | Float32Array) {
  const images = pictures(2, count, 61);
  const results = await explainOnce(
    model,
    images,
    [
      [0, 1],
      [2, -1],
    ],
    { method: "deeplift", baseline: reference },
  );
  return results.flatMap(({ explanations }) =>
    explanations.map(({ convergenceDelta, relevance }) => ({
      gap: convergenceDelta ?? Number.NaN,
      size: relevance.reduce((sum, value) => sum + Math.abs(value), 0),
      sum: total(relevance),
    })),
  );
}

test("random networks sum to delta", async () => {
  const property = fc.asyncProperty(covered, async (given) => {
    for (const { gap, size } of await gaps(build(given), 90, [0.1, -0.2, 0.3])) {
      expect(Math.abs(gap)).toBeLessThan(1e-4 * Math.max(size, 0.1));
    }
  });
  await fc.assert(property, { numRuns: Number(process.env.ONNX_LRP_NETWORKS ?? 25), seed: 61 });
}, 600_000);

describe("one operation sums to delta", () => {
  const both = (g: Network, x: string): readonly [string, string] => [
    g.conv(x, [4, 3, 3, 3]),
    g.conv(x, [4, 3, 3, 3]),
  ];
  const cases: Readonly<Record<string, (g: Network, x: string) => string>> = {
    Relu: (g, x) => g.add("Relu", [g.conv(x, [4, 3, 3, 3])]),
    Sigmoid: (g, x) => g.add("Sigmoid", [g.conv(x, [4, 3, 3, 3])]),
    MaxPool: (g, x) => g.add("MaxPool", [g.conv(x, [4, 3, 3, 3])], { kernel_shape: [3, 3] }),
    "MaxPool with pads": (g, x) =>
      g.add("MaxPool", [g.conv(x, [4, 3, 3, 3])], {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
        strides: [2, 2],
      }),
    Max: (g, x) => g.add("Max", [...both(g, x)]),
    Min: (g, x) => g.add("Min", [...both(g, x)]),
    "Max of three": (g, x) => g.add("Max", [...both(g, x), g.conv(x, [4, 3, 3, 3])]),
    "Max of two shapes": (g, x) => {
      const [left, right] = both(g, x);
      return g.add("Max", [left, g.add("GlobalAveragePool", [right])]);
    },
    ReduceMax: (g, x) => g.add("ReduceMax", [g.conv(x, [4, 3, 3, 3])], { axes: [2, 3] }),
    ReduceMin: (g, x) => g.add("ReduceMin", [g.conv(x, [4, 3, 3, 3])], { axes: [3] }),
    GlobalMaxPool: (g, x) => g.add("GlobalMaxPool", [g.conv(x, [4, 3, 3, 3])]),
    "a product": (g, x) => g.add("Mul", [...both(g, x)]),
    "a product of matrices": (g, x) => g.add("MatMul", [...both(g, x)]),
    "a product of matrices by Einsum": (g, x) =>
      g.add("Einsum", [...both(g, x)], { equation: "bchw,bcjw->bchj" }),
    "a square": (g, x) => {
      const y = g.conv(x, [4, 3, 3, 3]);
      return g.add("Mul", [y, y]);
    },
    "a gate": (g, x) => {
      const [left, right] = both(g, x);
      return g.add("Mul", [g.add("Sigmoid", [g.add("GlobalAveragePool", [right])]), left]);
    },
    SiLU: (g, x) => {
      const y = g.conv(x, [4, 3, 3, 3]);
      return g.add("Mul", [y, g.add("Sigmoid", [y])]);
    },
    Concat: (g, x) => g.add("Concat", [...both(g, x)], { axis: 1 }),
    Sub: (g, x) => g.add("Sub", [...both(g, x)]),
    "a constant less a signal": (g, x) => g.add("Sub", [g.floats([2]), g.conv(x, [4, 3, 3, 3])]),
    "a signal over a constant": (g, x) => g.add("Div", [g.conv(x, [4, 3, 3, 3]), g.floats([-3])]),
    Clip: (g, x) => g.add("Clip", [g.conv(x, [4, 3, 3, 3]), g.floats([0], []), g.floats([0.5], [])]),
    PRelu: (g, x) => g.add("PRelu", [g.conv(x, [4, 3, 3, 3]), g.weights([4, 1, 1])]),
    "Max with a constant": (g, x) => g.add("Max", [g.conv(x, [4, 3, 3, 3]), g.floats([0.1])]),
    AveragePool: (g, x) => g.add("AveragePool", [g.conv(x, [4, 3, 3, 3])], { kernel_shape: [2, 2] }),
    BatchNormalization: (g, x) => g.norm(g.add("Relu", [g.conv(x, [4, 3, 3, 3])]), 4),
  };
  const references = { black: [0], grey: [0.3, -0.2, 0.1], "a picture": pictures(1, 108, 99)[0] ?? [0] };
  test.each(Object.entries(cases))("%s", async (_, make) => {
    const g = network({ seed: 62 });
    const x = make(g, g.image);
    const mixed = g.conv(g.add("GlobalAveragePool", [x]), [6, x.startsWith("Concat") ? 8 : 4, 1, 1]);
    const model = g.model(g.dense(g.flatten(g.add("Tanh", [mixed])), 6, 4));
    for (const [name, reference] of Object.entries(references)) {
      for (const { gap, size } of await gaps(model, 108, reference)) {
        expect.soft(Math.abs(gap), name).toBeLessThan(2e-5 * Math.max(size, 0.1));
      }
    }
  });
});

/** x_i goes to the largest or smallest by at most what it changed. */
test.each(["Max", "Min", "ReduceMax", "ReduceMin"])("multipliers of %s lie between 0 and 1", async (op) => {
  const g = network({ seed: 63, input: ["N", 3, 4, 4] });
  const rows = [0, 2].map((start) =>
    g.add("Slice", [g.image, g.ints([start]), g.ints([start + 2]), g.ints([2])]),
  );
  const made = op.startsWith("Reduce") ? g.add(op, [g.image], { axes: [3] }) : g.add(op, rows);
  const explainer = await explainerFor(g.model(g.flatten(made)), {
    method: "deeplift",
    baseline: pictures(1, 48, 64)[0],
  });
  const before = pictures(1, 48, 64)[0] ?? new Float32Array();
  const images = pictures(3, 48, 63);
  const results = await explainer.explain(
    images,
    images.map(() => [0, 1, 2, 3, 4]),
  );
  await explainer.release();
  for (const [n, image] of images.entries()) {
    for (const { relevance, convergenceDelta } of results[n]?.explanations ?? []) {
      const multipliers = Array.from(relevance, (r, i) => r / ((image[i] ?? 0) - (before[i] ?? 0)));
      expect(Math.min(...multipliers)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...multipliers)).toBeLessThanOrEqual(1 + 1e-5);
      expect(Math.abs(convergenceDelta ?? 1)).toBeLessThan(1e-5);
    }
  }
});

/** The rescale rule of each node, from the values on the picture and on the reference. */
function rescale(own: Values, before: Values): Special {
  const delta = (value: Dense, other: Dense) => value.data.map((x, i) => x - (other.data[i] ?? 0));
  const of = (values: Values, name = "") => values.get(name) ?? dense([0], []);
  const both = (name?: string) => [of(own, name), of(before, name)] as const;
  const summed = (r: Float64Array, factor: Dense, dims: readonly number[], to: readonly number[]) => {
    const wide = broadcastTo(factor, dims).data;
    const places = broadcastTo(
      { dims: to, data: Float64Array.from({ length: elements(to) }, (_, i) => i) },
      dims,
    ).data;
    const result = new Float64Array(elements(to));
    for (const [i, place] of places.entries())
      result[place] = (result[place] ?? 0) + (r[i] ?? 0) * (wide[i] ?? 0);
    return result;
  };
  const pooled = (node: Node, r: Float64Array) => {
    const [x, x0] = both(node.inputs[0]);
    const [y, y0] = both(node.outputs[0]);
    const result = new Float64Array(x.data.length);
    const [here, there] = [maxPoolWinners(node, [x]).data, maxPoolWinners(node, [x0]).data];
    for (const [at, m] of r.entries()) {
      const [top, low] = [Math.max(y.data[at] ?? 0, y0.data[at] ?? 0), y0.data[at] ?? 0];
      for (const [place = 0, share] of [
        [here[at], top - low],
        [there[at], (y.data[at] ?? 0) - top],
      ] as const) {
        const away = (x.data[place] ?? 0) - (x0.data[place] ?? 0);
        if (share !== 0) result[place] = (result[place] ?? 0) + (m * share) / away;
      }
    }
    return result;
  };
  return (node, slots, r) => {
    const [x, x0] = both(node.inputs[slots[0] ?? 0]);
    const [y, y0] = both(node.outputs[0]);
    switch (node.op) {
      case "Relu":
      case "Sigmoid":
      case "Elu": {
        const [dy, dx] = [delta(y, y0), delta(x, x0)];
        return [r.map((m, i) => (m * (dy[i] ?? 0)) / (dx[i] ?? 1))];
      }
      case "MaxPool":
        return [pooled(node, r)];
      case "Mul": {
        if (slots.length < 2) return undefined;
        const means = node.inputs.map((name) => {
          const [a, a0] = both(name);
          return { dims: a.dims, data: a.data.map((value, i) => (value + (a0.data[i] ?? 0)) / 2) };
        });
        return [0, 1].map((slot) => summed(r, means[1 - slot] ?? x, y.dims, of(own, node.inputs[slot]).dims));
      }
      default:
        return undefined;
    }
  };
}

test.each(["Relu", "Elu"])("multipliers of a small network with %s", async (op) => {
  const g = network({ seed: 64 });
  const first = g.add(op, [g.norm(g.conv(g.image, [4, 3, 3, 3], { pads: [1, 1, 1, 1] }), 4)]);
  const low = g.add("MaxPool", [first], { kernel_shape: [3, 3], strides: [2, 2] });
  const gate = g.add("Sigmoid", [g.conv(g.add("GlobalAveragePool", [low]), [4, 4, 1, 1])]);
  const gated = g.add("Add", [
    g.add("Mul", [low, gate]),
    g.add("AveragePool", [low], { kernel_shape: [1, 1] }),
  ]);
  const model = g.model(g.dense(g.add(op, [g.dense(g.flatten(gated), 16, 6)]), 6, 4));
  const images = pictures(2, 108, 65);
  const reference = pictures(1, 108, 66)[0] ?? new Float32Array();
  const results = await explainOnce(
    model,
    images,
    [
      [0, 3],
      [1, 2],
    ],
    { method: "deeplift", baseline: reference },
  );
  const before = runForward(model, batchOf(model, [reference]));
  for (const [n, image] of images.entries()) {
    const own = runForward(model, batchOf(model, [image]));
    for (const { target, relevance, logit, convergenceDelta } of results[n]?.explanations ?? []) {
      const multipliers = backward(model, own, oneHot(4, target), undefined, rescale(own, before)).get(
        "image",
      );
      const expected = (multipliers ?? new Float64Array()).map(
        (m, i) => m * ((image[i] ?? 0) - (reference[i] ?? 0)),
      );
      expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(expected, 1e-4);
      const z0 = before.get(model.graph.outputs[0]?.name ?? "")?.data[target] ?? 0;
      expect.soft(total(expected)).toBeCloseTo(logit - z0, 5);
      expect.soft(convergenceDelta).toBeCloseTo(total(relevance) - (logit - z0), 4);
    }
  }
});

test("a picture that is the reference has an empty map", async () => {
  const [image = new Float32Array()] = pictures(1, 192, 67);
  const [result] = await explainOnce(residualNetwork(), [image], [[0]], {
    method: "deeplift",
    baseline: image,
  });
  expect(Math.max(...(result?.explanations[0]?.relevance ?? [1]).map(Math.abs))).toBe(0);
  expect(Math.abs(result?.explanations[0]?.convergenceDelta ?? 1)).toBeLessThan(1e-6);
});

test("networks that it does not apply to are refused by name", async () => {
  const g = network({ seed: 68 });
  const chosen = g.add("Where", [g.add("Greater", [g.image, g.floats([0])]), g.image, g.floats([0])]);
  const where = g.model(g.dense(g.flatten(chosen), 108, 3));
  await expect(explainerFor(where, { method: "deeplift" })).rejects.toThrow(/Where.*no DeepLIFT rule/s);
  const h = network({ seed: 69 });
  const product = h.model(h.dense(h.add("ReduceProd", [h.image], { axes: [2, 3], keepdims: 0 }), 3, 3));
  await expect(explainerFor(product, { method: "deeplift" })).rejects.toThrow(
    /ReduceProd.*no DeepLIFT rule/s,
  );
  const wrong = explainerFor(residualNetwork(), { method: "deeplift", baseline: [1, 2] });
  await expect(wrong).rejects.toMatchObject({ kind: "usage" });
  const picture = explainerFor(residualNetwork(), { method: "deeplift", baseline: new Float32Array(5) });
  await expect(picture).rejects.toThrow(/5 numbers; the network takes 192/);
});
