/** Class activation maps against float64, from a layer's activations and its gradient. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { type Bent, backward, oneHot } from "./oracle/backward.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { runForward } from "./oracle/forward.ts";
import { wiringOf } from "./oracle/network.ts";
import { batchOf } from "./oracle/relevance.ts";
import { pictures } from "./pictures.ts";

interface Case {
  readonly model: Model;
  /** The value that the map is made of, where no layer is asked for. */
  readonly layer: string;
  readonly layout?: "nhwc";
  /** Whether CAM is defined. */
  readonly averaged: boolean;
}

const pads = [1, 1, 1, 1];
const relu = (g: Network, x: string) => g.add("Relu", [x]);
const pool = { kernel_shape: [2, 2], strides: [2, 2] };

function vgg(): Case {
  const g = network({ seed: 91, input: ["N", 3, 8, 8] });
  const first = g.add("MaxPool", [relu(g, g.conv(g.image, [5, 3, 3, 3], { pads }))], pool);
  const layer = g.add("MaxPool", [relu(g, g.conv(first, [6, 5, 3, 3], { pads }))], pool);
  const hidden = relu(g, g.dense(g.flatten(layer), 24, 8));
  return { model: g.model(g.dense(hidden, 8, 5)), layer, averaged: false };
}

function resnet(): Case {
  const g = network({ seed: 92, input: ["N", 3, 8, 8] });
  const stem = relu(g, g.norm(g.conv(g.image, [4, 3, 3, 3], { pads, strides: [2, 2] }), 4));
  const inner = g.norm(
    g.conv(relu(g, g.norm(g.conv(stem, [4, 4, 3, 3], { pads }), 4)), [4, 4, 3, 3], { pads }),
    4,
  );
  const layer = relu(g, g.add("Add", [inner, stem]));
  const mean = g.flatten(g.add("GlobalAveragePool", [layer]));
  return { model: g.model(g.add("Softmax", [g.dense(mean, 4, 5)])), layer, averaged: true };
}

function inception(): Case {
  const g = network({ seed: 93, input: ["N", 3, 8, 7] });
  const stem = relu(g, g.conv(g.image, [4, 3, 3, 3], { strides: [2, 2] }));
  const branches = [
    relu(g, g.conv(stem, [3, 4, 1, 1])),
    relu(g, g.conv(stem, [3, 4, 3, 3], { pads })),
    g.add("AveragePool", [stem], { kernel_shape: [3, 3], pads }),
  ];
  const layer = g.add("Concat", branches, { axis: 1 });
  const mean = g.add("ReduceMean", [layer], { axes: [2, 3], keepdims: 0 });
  return { model: g.model(g.dense(mean, 10, 5)), layer, averaged: true };
}

function channelsLast(): Case {
  const g = network({ seed: 94, input: ["N", 8, 6, 3] });
  const x = g.add("Transpose", [g.image], { perm: [0, 3, 1, 2] });
  const first = relu(g, g.conv(x, [4, 3, 3, 3], { pads, strides: [2, 2] }));
  const layer = relu(g, g.conv(first, [5, 4, 2, 2]));
  const back = g.add("Transpose", [layer], { perm: [0, 2, 3, 1] });
  const mean = g.add("ReduceMean", [back], { axes: [1, 2], keepdims: 0 });
  return { model: g.model(g.dense(mean, 5, 5)), layer, averaged: true, layout: "nhwc" };
}

function gated(): Case {
  const g = network({ seed: 95, input: ["N", 3, 8, 8] });
  const stem = relu(g, g.conv(g.image, [4, 3, 3, 3], { strides: [2, 2] }));
  const wide = g.conv(stem, [6, 4, 1, 1]);
  const gate = g.add("Sigmoid", [g.conv(g.add("GlobalAveragePool", [wide]), [6, 6, 1, 1])]);
  const layer = g.add("Mul", [wide, gate]);
  const mean = g.flatten(g.add("GlobalAveragePool", [layer]));
  return { model: g.model(g.dense(mean, 6, 5)), layer, averaged: true };
}

/** Another gate than the layer's own, and another branch: from the layer on they are numbers of each picture. */
function beside(): Case {
  const g = network({ seed: 96, input: ["N", 3, 8, 8] });
  const stem = relu(g, g.conv(g.image, [4, 3, 3, 3], { strides: [2, 2] }));
  const gate = g.add("Sigmoid", [g.conv(g.add("GlobalAveragePool", [stem]), [4, 4, 1, 1])]);
  const layer = g.conv(stem, [4, 4, 3, 3], { pads });
  const product = g.add("Mul", [gate, layer]);
  const larger = g.add("Max", [g.add("Add", [product, stem]), g.add("Sub", [stem, layer])]);
  const both = g.add("Concat", [stem, larger, g.add("Div", [layer, g.add("Add", [gate, g.floats([1])])])], {
    axis: 1,
  });
  return {
    model: g.model(g.dense(g.add("Tanh", [g.dense(g.flatten(both), 108, 7)]), 7, 5)),
    layer,
    averaged: false,
  };
}

const cases: Readonly<Record<string, Case>> = {
  "of a VGG": vgg(),
  "of a ResNet": resnet(),
  "of an Inception": inception(),
  "of channels last": channelsLast(),
  "of a gated layer": gated(),
};

const weightings = {
  cam: (g: Float64Array, _: Float64Array, area: number) => g.map((v) => v * area),
  "grad-cam": (g: Float64Array, _: Float64Array, area: number) => g.fill(g.reduce((a, b) => a + b, 0) / area),
  "guided-grad-cam": (g: Float64Array, _: Float64Array, area: number) =>
    g.fill(g.reduce((a, b) => a + b, 0) / area),
  "grad-cam++"(g: Float64Array, a: Float64Array) {
    const sum = a.reduce((x, y) => x + y, 0);
    const weight = g.reduce((total, v) => {
      const divisor = 2 * v ** 2 + v ** 3 * sum;
      return total + (divisor === 0 ? 0 : (v ** 2 / divisor) * Math.max(v, 0));
    }, 0);
    return g.fill(weight);
  },
  hirescam: (g: Float64Array) => g,
  layercam: (g: Float64Array) => g.map((v) => Math.max(v, 0)),
} as const;

type Name = keyof typeof weightings;
const names = Object.keys(weightings) as Name[];

const guided: Bent = ({ node, r, slope }) =>
  node.op === "Relu" ? r.map((v, i) => Math.max(v, 0) * (slope[i] ?? 0)) : undefined;

function expected(
  { model, layout }: Case,
  layer: string,
  method: Name,
  picture: Float32Array,
  target: number,
) {
  const values = runForward(model, batchOf(model, [picture]));
  const classes = values.get(wiringOf(model).logits)?.data.length ?? 0;
  const gradient = backward(model, values, oneHot(classes, target)).get(layer) ?? new Float64Array();
  const activations = values.get(layer);
  const [, channels = 0, h = 0, w = 0] = activations?.dims ?? [];
  const sum = new Float64Array(h * w);
  for (let c = 0; c < channels; c += 1) {
    const part = (all: Float64Array | undefined) => (all ?? sum).slice(c * h * w, (c + 1) * h * w);
    const a = part(activations?.data);
    const weight = weightings[method](part(gradient), a, h * w);
    for (const [i, v] of a.entries()) sum[i] = (sum[i] ?? 0) + (weight[i] ?? 0) * v;
  }
  const sizes = (model.graph.inputs[0]?.type?.dims ?? []).slice(1).map(Number);
  const [height = 0, width = 0] = layout === "nhwc" ? sizes : sizes.slice(1);
  const map = enlarged(
    method === "cam" ? sum : sum.map((v) => Math.max(v, 0)),
    [h, w],
    [height, width],
    "centres",
  );
  if (method !== "guided-grad-cam") return map;
  const back = backward(model, values, oneHot(classes, target), guided).get("image") ?? map;
  return back.map((v, i) => v * (map[layout === "nhwc" ? Math.floor(i / 3) : i % (height * width)] ?? 0));
}

const sizeOf = ({ graph }: Model) =>
  (graph.inputs[0]?.type?.dims ?? []).slice(1).reduce<number>((a, b) => a * Number(b), 1);

async function check(given: Case, method: Name, layer?: { readonly name: string; readonly value: string }) {
  const images = pictures(2, sizeOf(given.model), 97);
  const explainer = await explainerFor(given.model, { method, layer: layer?.name });
  const results = await explainer.explain(images, [
    [0, 1, 4],
    [3, 2, 0],
  ]);
  await explainer.release();
  let seen = 0;
  for (const [n, image] of images.entries()) {
    for (const { target, relevance } of results[n]?.explanations ?? []) {
      const map = expected(given, layer?.value ?? given.layer, method, image, target);
      if (Math.hypot(...map) > 1e-6) seen += 1;
      expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(map, 5e-5);
    }
  }
  // A rectified map may be empty, but not all of them.
  expect(seen).toBeGreaterThan(2);
  return explainer;
}

describe.each(names)("%s", (method) => {
  test.each(Object.entries(cases))("%s", async (_, given) => {
    if (method === "cam" && !given.averaged) {
      await expect(explainerFor(given.model, { method })).rejects.toThrow(
        /CAM \(Zhou et al. 2016\) is defined for one average followed by a dense layer/,
      );
      return;
    }
    const explainer = await check(given, method);
    const made = given.model.graph.nodes.find(({ outputs }) => outputs[0] === given.layer);
    expect(explainer.record.settings.layer).toBe(made?.name);
    expect(explainer.map.channels).toBe(method === "guided-grad-cam" ? 3 : 1);
  });
});

describe("a layer by name", () => {
  const middle = beside();
  test.each(names.filter((name) => name !== "cam"))(
    "%s beside branches that are not of the layer",
    async (method) => {
      const made = middle.model.graph.nodes.find(({ outputs }) => outputs[0] === middle.layer);
      await check(middle, method, { name: made?.name ?? "", value: middle.layer });
    },
  );

  test("by its output's name, and early", async () => {
    const { model } = resnet();
    const first = model.graph.nodes.find(({ op }) => op === "Relu")?.outputs[0] ?? "";
    await check(resnet(), "grad-cam", { name: first, value: first });
  });

  test("one that there is not", async () => {
    const explainer = explainerFor(resnet().model, { method: "grad-cam", layer: "layer9" });
    await expect(explainer).rejects.toThrow(
      /There is no layer "layer9" with height and width on the way to the class scores\. The last ones are .*"Relu/,
    );
    await expect(explainer).rejects.toMatchObject({ kind: "usage" });
  });

  test("one without height and width, and methods without a layer", async () => {
    const pooled = resnet().model.graph.nodes.find(({ op }) => op === "GlobalAveragePool")?.name;
    await expect(explainerFor(resnet().model, { method: "layercam", layer: pooled })).rejects.toMatchObject({
      kind: "usage",
    });
    for (const method of ["gradient", "sglrp", "integrated-gradients", "occlusion"] as const) {
      await expect(explainerFor(resnet().model, { method, layer: "Relu1" })).rejects.toThrow(
        /does not explain a single layer/,
      );
    }
  });
});

describe("where CAM is not defined", () => {
  const cam = (make: (g: Network, x: string) => string, layer?: string) => {
    const g = network({ seed: 98, input: ["N", 3, 8, 8] });
    const x = relu(g, g.conv(g.image, [4, 3, 3, 3], { strides: [2, 2] }));
    return explainerFor(g.model(make(g, x)), { method: "cam", layer });
  };

  test("a maximum", async () => {
    const made = cam((g, x) => g.dense(g.flatten(g.add("GlobalMaxPool", [x])), 4, 5));
    await expect(made).rejects.toThrow(/GlobalMaxPool.*, which is not linear/);
  });
  test("no average at all", async () => {
    await expect(cam((g, x) => g.dense(g.flatten(x), 36, 5))).rejects.toThrow(
      /no average over all positions/,
    );
  });
  test("averages that leave several places", async () => {
    const made = cam((g, x) => {
      const low = g.add("AveragePool", [x], { kernel_shape: [2, 2], strides: [1, 1] });
      return g.dense(g.flatten(low), 16, 5);
    }, "Relu1");
    await expect(made).rejects.toThrow(/no average over all positions/);
  });
  test("two dense layers and a factor are still one", async () => {
    const made = await cam((g, x) => {
      const mean = g.flatten(g.add("Mul", [g.add("GlobalAveragePool", [x]), g.floats([0.5])]));
      return g.dense(g.dense(mean, 4, 6), 6, 5);
    });
    await made.release();
  });
});

test("a network without such a layer", async () => {
  const g = network({ seed: 99 });
  const model = g.model(g.dense(g.flatten(g.image), 108, 3));
  await expect(explainerFor(model, { method: "grad-cam" })).rejects.toThrow(/has no layer of the form/);
});
