/** Deconvnet and guided backpropagation against a float64 backward pass with the rectifiers bent. */
import { floatValue as float, type Model } from "@onnx-lrp/onnx-loader";
import { explainOnce } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { type Bent, backward, oneHot } from "./oracle/backward.ts";
import { runForward } from "./oracle/forward.ts";
import { batchOf } from "./oracle/relevance.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const rectifiers = new Set(
  "Relu Clip LeakyRelu ThresholdedRelu Elu Selu Celu Softplus HardSwish Swish".split(" "),
);

const bent: Readonly<Record<"gradient" | "deconvnet" | "guided-backprop", Bent>> = {
  gradient: () => undefined,
  deconvnet: ({ node, r }) => (rectifiers.has(node.op) ? r.map((value) => Math.max(value, 0)) : undefined),
  "guided-backprop": ({ node, r, slope }) =>
    rectifiers.has(node.op) ? r.map((value, i) => Math.max(value, 0) * (slope[i] ?? 0)) : undefined,
};

const clip = (g: Network, x: string) => g.add("Clip", [x, g.floats([0], []), g.floats([0.6], [])]);

function rectified(activation: (g: Network, x: string) => string, opset = 17): Model {
  const g = network({ seed: 21, opset });
  const first = activation(g, g.conv(g.image, [4, 3, 3, 3], { pads: [1, 1, 1, 1] }));
  const pooled = g.add("MaxPool", [first], { kernel_shape: [2, 2], strides: [2, 2] });
  const second = activation(g, g.add("Add", [g.conv(pooled, [4, 4, 3, 3], { pads: [1, 1, 1, 1] }), pooled]));
  return g.model(g.dense(activation(g, g.dense(g.flatten(second), 36, 6)), 6, 4));
}

const networks: Readonly<Record<string, Model>> = {
  Relu: rectified((g, x) => g.add("Relu", [x])),
  Clip: rectified(clip),
  LeakyRelu: rectified((g, x) => g.add("LeakyRelu", [x], { alpha: float(0.2) })),
  Elu: rectified((g, x) => g.add("Elu", [x])),
  HardSwish: rectified((g, x) => g.add("HardSwish", [x])),
  ThresholdedRelu: rectified((g, x) => g.add("ThresholdedRelu", [x], { alpha: float(0.3) })),
  Swish: rectified((g, x) => g.add("Swish", [x]), 24),
  "Shrink, which is no rectifier": rectified((g, x) => g.add("Shrink", [x], { lambd: float(0.2) })),
  "Tanh, which is no rectifier": rectified((g, x) => g.add("Tanh", [x])),
  "residual, with a gate": residualNetwork({ seed: 3 }),
};

describe.each(Object.keys(bent) as (keyof typeof bent)[])("%s", (method) => {
  test.each(Object.entries(networks))("%s", async (_, model) => {
    const sizes = (model.graph.inputs[0]?.type?.dims ?? []).slice(1).map(Number);
    const images = pictures(
      2,
      sizes.reduce((a, b) => a * b, 1),
      22,
    );
    const results = await explainOnce(
      model,
      images,
      [
        [0, 1],
        [3, 2],
      ],
      { method },
    );
    for (const [n, image] of images.entries()) {
      const values = runForward(model, batchOf(model, [image]));
      for (const { target, relevance } of results[n]?.explanations ?? []) {
        const seed = oneHot(results[n]?.logits.length ?? 0, target);
        const expected = backward(model, values, seed, bent[method]).get("image") ?? [];
        expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(expected, 2e-5);
      }
    }
  });
});
