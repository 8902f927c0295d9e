/** FullGrad: its terms sum to the logit, and its map is theirs, against float64. */
import type { Model, Node } from "@onnx-lrp/onnx-loader";
import { explainOnce } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { expect, test } from "vitest";
import { total } from "./compare.ts";
import { backward, oneHot } from "./oracle/backward.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { inputsOf, runForward, runNode, type Values } from "./oracle/forward.ts";
import { wiringOf } from "./oracle/network.ts";
import { batchOf } from "./oracle/relevance.ts";
import { type Dense, map, zeros } from "./oracle/tensor.ts";
import { pictures } from "./pictures.ts";

const pads = [1, 1, 1, 1];

/** Rectifiers alone: of degree one. */
function rectified(layout: "nchw" | "nhwc" = "nchw"): Model {
  const g = network({ seed: 111, input: layout === "nchw" ? ["N", 3, 8, 6] : ["N", 8, 6, 3] });
  const image = layout === "nchw" ? g.image : g.add("Transpose", [g.image], { perm: [0, 3, 1, 2] });
  return finish(g, image, (x) => g.add("Relu", [x]));
}

function finish(g: Network, image: string, activation: (x: string) => string): Model {
  const first = activation(g.conv(image, [4, 3, 3, 3], { pads }));
  const normal = g.norm(g.add("MaxPool", [first], { kernel_shape: [2, 2], strides: [2, 2] }), 4);
  const deep = g.conv(activation(normal), [4, 4, 3, 3], { pads });
  const shifted = g.add("Add", [g.add("Add", [deep, normal]), g.weights([4, 1, 1])]);
  const low = g.add("AveragePool", [activation(shifted)], { kernel_shape: [2, 2] });
  const hidden = activation(g.dense(g.flatten(low), 24, 6));
  return g.model(g.dense(hidden, 6, 4));
}

function smooth(): Model {
  const g = network({ seed: 112, input: ["N", 3, 8, 6] });
  return finish(g, g.image, (x) => g.add("Tanh", [x]));
}

const smoothActivation = new Set(["Tanh"]);
const affine = new Set(["Conv", "Gemm", "BatchNormalization", "Add"]);

/** A node's bias: what it makes of nothing, or of an activation y - f'(u) u. */
function biasOf(node: Node, values: Values): Float64Array | undefined {
  const wiring = inputsOf(node, values);
  const [x] = wiring;
  const y = values.get(node.outputs[0] ?? "");
  if (x === undefined || y === undefined) return undefined;
  if (smoothActivation.has(node.op)) {
    const run = (moved: number) => runNode(node, [map(x, (v) => v + moved)]).data;
    const [above, below] = [run(1e-5), run(-1e-5)];
    return y.data.map((v, i) => v - (((above[i] ?? 0) - (below[i] ?? 0)) / 2e-5) * (x.data[i] ?? 0));
  }
  return undefined;
}

/** For each node with a bias, the bias times its gradient, in the shape of the node's output. */
function terms(model: Model, values: Values, gradients: ReadonlyMap<string, Float64Array>): Dense[] {
  const wiring = wiringOf(model);
  return model.graph.nodes.flatMap((node) => {
    const y = values.get(node.outputs[0] ?? "");
    const g = gradients.get(node.outputs[0] ?? "");
    if (y === undefined || g === undefined) return [];
    const slots = wiring.signals(node);
    const nothing = inputsOf(node, values).map((v, i) => (v && slots.includes(i) ? zeros(v.dims) : v));
    const bias = affine.has(node.op) ? runNode(node, nothing).data : biasOf(node, values);
    if (bias === undefined || bias.every((b) => b === 0)) return [];
    return [{ dims: y.dims, data: bias.map((b, i) => b * (g[i] ?? 0)) }];
  });
}

function unitRange(values: Float64Array): Float64Array {
  const sizes = values.map(Math.abs);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  return sizes.map((v) => (v - low) / (high - low));
}

const all = {
  "channels first": rectified(),
  "channels last": rectified("nhwc"),
  "another activation": smooth(),
};

test.each(Object.entries(all))("%s", async (name, model) => {
  const images = pictures(2, 144, 113);
  const results = await explainOnce(
    model,
    images,
    [
      [0, 2],
      [3, 1],
    ],
    { method: "fullgrad" },
  );
  const last = name === "channels last";
  for (const [n, image] of images.entries()) {
    const values = runForward(model, batchOf(model, [image]));
    for (const { target, relevance, logit } of results[n]?.explanations ?? []) {
      const gradients = backward(model, values, oneHot(4, target));
      const product = (gradients.get("image") ?? new Float64Array()).map((g, i) => g * (image[i] ?? 0));
      const biases = terms(model, values, gradients);
      // Completeness, Srinivas and Fleuret 2019, Prop. 1.
      expect
        .soft(total(product) + biases.reduce((sum, { data }) => sum + total(data), 0))
        .toBeCloseTo(logit, 4);

      const expected = new Float64Array(48);
      for (const [i, v] of unitRange(product).entries()) {
        const place = last ? Math.floor(i / 3) : i % 48;
        expected[place] = (expected[place] ?? 0) + v;
      }
      for (const { dims, data } of biases) {
        const [, channels = 0, h = 0, w = 0] = dims;
        if (dims.length < 4 || h * w === 1) continue;
        const scaled = unitRange(data);
        for (let c = 0; c < channels; c += 1) {
          const wide = enlarged(scaled.slice(c * h * w, (c + 1) * h * w), [h, w], [8, 6], "corners");
          for (const [i, v] of wide.entries()) expected[i] = (expected[i] ?? 0) + v;
        }
      }
      expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(expected, 2e-5);
    }
  }
});
