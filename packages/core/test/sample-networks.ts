/** A few whole networks that several tests need. */
import type { Dim, Model } from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";

export interface SampleOptions {
  readonly batch?: Dim;
  readonly seed?: number;
  /** Activations of both signs, so that no denominator of zplus is zero. */
  readonly signed?: boolean;
  readonly layout?: "nchw" | "nhwc";
  readonly softmax?: boolean;
  readonly classes?: number;
}

/** A residual network with everything in it: 3 x 8 x 8 pictures, 5 classes. */
export function residualNetwork({
  batch = "N",
  seed = 2,
  signed = false,
  layout = "nchw",
  softmax = false,
  classes = 5,
}: SampleOptions = {}): Model {
  const g = network({ input: layout === "nchw" ? [batch, 3, 8, 8] : [batch, 8, 8, 3], seed });
  const activation = (x: string) => g.add(signed ? "LeakyRelu" : "Relu", [x]);
  const image = layout === "nchw" ? g.image : g.add("Transpose", [g.image], { perm: [0, 3, 1, 2] });
  const stem = activation(g.norm(g.conv(image, [6, 3, 3, 3], { pads: [1, 1, 1, 1] }), 6));
  const pooled = g.add("MaxPool", [stem], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  const deep = g.conv(activation(g.conv(pooled, [4, 6, 1, 1])), [6, 4, 3, 3], { pads: [1, 1, 1, 1] });
  const joined = activation(g.add("Add", [pooled, excited(g, deep)]));
  const low = g.add("AveragePool", [joined], { kernel_shape: [2, 2], strides: [2, 2] });
  const both = g.add("Concat", [low, activation(g.conv(joined, [3, 6, 2, 2], { strides: [2, 2] }))], {
    axis: 1,
  });
  const mean = g.flatten(g.add("GlobalAveragePool", [both]));
  const logits = g.dense(activation(g.dense(mean, 9, 7)), 7, classes);
  return g.model(softmax ? g.add("Softmax", [logits]) : logits);
}

/** Squeeze and excitation of six channels. */
function excited(g: Network, x: string): string {
  const inner = g.add("Relu", [g.conv(g.add("GlobalAveragePool", [x]), [3, 6, 1, 1])]);
  return g.add("Mul", [x, g.add("Sigmoid", [g.conv(inner, [6, 3, 1, 1])])]);
}
