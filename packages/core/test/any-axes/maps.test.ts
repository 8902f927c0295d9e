/** Every kind of map over signals, volumes and features, against float64, in each way that a network may take its input. */
import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { ExplainerOptions, MethodName } from "../../src/index.ts";
import { type Bent, backward, oneHot } from "../oracle/backward.ts";
import { enlarged } from "../oracle/bilinear.ts";
import { inputsOf, runForward, runNode } from "../oracle/forward.ts";
import { batchOf } from "../oracle/relevance.ts";
import { zeros } from "../oracle/tensor.ts";
import { pictures } from "../pictures.ts";
import { bodyNames, forms, type Made, make } from "./networks.ts";

const target = 2;
const bounds = { low: [-1.1], high: [1.1] };
const guided: Bent = ({ node, r, slope }) =>
  node.op === "Relu" ? r.map((v, i) => Math.max(v, 0) * (slope[i] ?? 0)) : undefined;

function run(made: Made, input: Float32Array, options: ExplainerOptions) {
  return explainOnce(made.model, [made.turned(input)], [[target]], { pixels: bounds, ...options });
}

/** The last layer with places, its activations and the class's gradient there; in channels-first order. */
function layerOf({ model, body }: Made, input: Float32Array) {
  const values = runForward(model, batchOf(model, [input]));
  const gradients = backward(model, values, oneHot(5, target));
  const layers = model.graph.nodes.flatMap(({ outputs: [value = ""] }) => {
    const at = values.get(value);
    const gradient = gradients.get(value);
    if (at === undefined || gradient === undefined || at.dims.length !== body.sizes.length + 2) return [];
    return at.dims.slice(2).some((size) => size > 1) ? [{ value, ...at, gradient }] : [];
  });
  const layer = layers.at(-1);
  if (layer === undefined) throw new Error("no layer with places");
  return { ...layer, values };
}

type Weighting = (g: Float64Array, a: Float64Array) => Float64Array;
const mean: Weighting = (g) => g.map(() => g.reduce((a, b) => a + b, 0) / g.length);
const weightings: Readonly<Partial<Record<MethodName, Weighting>>> = {
  "grad-cam": mean,
  "guided-grad-cam": mean,
  "grad-cam++": (g, a) => {
    const sum = a.reduce((x, y) => x + y, 0);
    const weight = g.reduce((all, v) => all + Math.max(v, 0) / (2 + v * sum), 0);
    return g.map(() => weight);
  },
  hirescam: (g) => g,
  layercam: (g) => g.map((v) => Math.max(v, 0)),
};

function camOf(made: Made, input: Float32Array, weighting: Weighting): Float64Array {
  const { dims, data, gradient } = layerOf(made, input);
  const [, channels = 0, ...sizes] = dims;
  const places = sizes.reduce((a, b) => a * b, 1);
  const sum = new Float64Array(places);
  for (let c = 0; c < channels; c += 1) {
    const a = Float64Array.from(data.slice(c * places, (c + 1) * places));
    const weights = weighting(gradient.slice(c * places, (c + 1) * places), a);
    for (const [i, value] of a.entries()) sum[i] = (sum[i] ?? 0) + value * (weights[i] ?? 0);
  }
  return enlarged(
    sum.map((v) => Math.max(v, 0)),
    sizes,
    made.body.sizes,
    "centres",
  );
}

describe.each(bodyNames)("class activation maps of %s", (name) => {
  const first = make(name);
  const [input = new Float32Array()] = pictures(1, first.elements, 7);

  test.each(Object.keys(weightings) as MethodName[])("%s", async (method) => {
    const map = camOf(first, input, weightings[method] ?? mean);
    const places = map.length;
    const back = backward(first.model, layerOf(first, input).values, oneHot(5, target), guided);
    const gradient = back.get("image") ?? new Float64Array();
    const wanted = method === "guided-grad-cam" ? gradient.map((g, i) => g * (map[i % places] ?? 0)) : map;
    expect(Math.hypot(...wanted)).toBeGreaterThan(1e-4);
    for (const form of forms) {
      const made = make(name, form);
      const relevance = mapOf(await run(made, input, { method }));
      const found = method === "guided-grad-cam" ? made.back(relevance) : relevance;
      expect.soft(found, form).toBeNear(wanted, 5e-5);
    }
  });
});

/** The absolute values, scaled to 0..1. */
function unitRange(values: Float64Array): Float64Array {
  const sizes = values.map(Math.abs);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  return sizes.map((v) => (v - low) / (high - low));
}

function channelSum(values: Float64Array, places: number): Float64Array {
  const sum = new Float64Array(places);
  for (const [i, value] of values.entries()) sum[i % places] = (sum[i % places] ?? 0) + value;
  return sum;
}

describe("FullGrad", () => {
  test("of a video's network is the sum of what its biases and the input say", async () => {
    const made = make("video");
    const [input = new Float32Array()] = pictures(1, made.elements, 9);
    const values = runForward(made.model, batchOf(made.model, [input]));
    const gradients = backward(made.model, values, oneHot(5, target));
    const places = made.elements / made.body.channels;
    const product = (gradients.get("image") ?? new Float64Array()).map((g, i) => g * (input[i] ?? 0));
    const wanted = channelSum(unitRange(product), places);
    for (const node of made.model.graph.nodes.filter(({ op }) => op === "Conv")) {
      const [value = ""] = node.outputs;
      const { dims } = values.get(value) ?? zeros([0]);
      const nothing = inputsOf(node, values).map((v, i) => (i === 0 && v ? zeros(v.dims) : v));
      const bias = runNode(node, nothing).data;
      const term = Float64Array.from(bias, (b, i) => b * (gradients.get(value)?.[i] ?? 0));
      const sizes = dims.slice(2);
      const sum = channelSum(
        unitRange(term),
        sizes.reduce((a, b) => a * b, 1),
      );
      for (const [i, v] of enlarged(sum, sizes, made.body.sizes, "corners").entries())
        wanted[i] = (wanted[i] ?? 0) + v;
    }
    for (const form of forms) {
      const relevance = mapOf(await run(make("video", form), input, { method: "fullgrad" }));
      expect.soft(relevance, form).toBeNear(wanted, 2e-5);
    }
  });

  test.each(bodyNames)("of %s does not depend on how it takes its input", async (name) => {
    const [input = new Float32Array()] = pictures(1, make(name).elements, 9);
    const wanted = mapOf(await run(make(name), input, { method: "fullgrad" }));
    for (const form of forms) {
      const relevance = mapOf(await run(make(name, form), input, { method: "fullgrad" }));
      expect.soft(relevance, form).toBeNear(wanted, 2e-5);
    }
  });
});

describe("layers of other axes than the input", () => {
  test("a signal that convolutions of pictures see: the axis of one place does not count", async () => {
    const g = network({ seed: 210, input: ["N", 2, 24] });
    const x = g.add("Unsqueeze", [g.image, g.ints([3])]);
    const first = g.add("Relu", [g.conv(x, [4, 2, 5, 1], { strides: [2, 1] })]);
    const twin = network({ seed: 210, input: ["N", 2, 24] });
    const second = twin.add("Relu", [twin.conv(twin.image, [4, 2, 5], { strides: [2] })]);
    const models = [
      g.model(g.dense(g.flatten(g.add("GlobalAveragePool", [first])), 4, 5)),
      twin.model(twin.dense(twin.flatten(twin.add("GlobalAveragePool", [second])), 4, 5)),
    ];
    const [input = new Float32Array()] = pictures(1, 48, 8);
    for (const method of ["grad-cam", "layercam", "fullgrad", "score-cam"] as const) {
      const [flat, line] = await Promise.all(
        models.map(async (model) =>
          mapOf(await explainOnce(model, [input], [[target]], { method, pixels: bounds })),
        ),
      );
      expect(Math.hypot(...(line ?? []))).toBeGreaterThan(1e-5);
      expect(flat).toBeNear(line ?? [], 1e-5);
    }
  });

  test("a signal that becomes a picture: its layers are no maps of the signal", async () => {
    const g = network({ seed: 211, input: ["N", 1, 24] });
    const line = g.add("Relu", [g.conv(g.image, [4, 1, 3], { pads: [1, 1] })]);
    const grid = g.add("Reshape", [line, g.ints([-1, 4, 4, 6])]);
    const deep = g.add("Relu", [g.conv(grid, [5, 4, 3, 3])]);
    const model = g.model(g.dense(g.flatten(deep), 40, 5));
    const named = (layer: string | undefined) =>
      explainOnce(model, [new Float32Array(24).fill(0.5)], [[target]], {
        ...{ method: "grad-cam", pixels: bounds, layer },
      });
    expect(mapOf(await named(undefined))).toHaveLength(24);
    const last = model.graph.nodes.filter(({ op }) => op === "Relu").at(-1)?.name ?? "";
    await expect(named(last)).rejects.toThrow(`There is no layer "${last}" with a length on the way`);
  });
});
