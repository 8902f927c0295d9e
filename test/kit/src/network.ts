/** Writes networks in a few lines: `x = g.add("Conv", [x, g.weights([4, 3, 3, 3])], { pads: [1, 1, 1, 1] })`. */
import {
  type Dim,
  floatTensor,
  int64Tensor,
  type Model,
  type Node,
  type Tensor,
} from "@onnx-lrp/onnx-loader";
import { type AttributeValues, modelOf, node, value } from "./model.ts";
import { numbers, seeded } from "./random.ts";

export interface Network {
  readonly image: string;
  add(op: string, inputs: readonly string[], attributes?: AttributeValues): string;
  /** Like `add`, with several outputs. */
  addMany(op: string, inputs: readonly string[], outputs: number, attributes?: AttributeValues): string[];
  /** Random numbers between low and high. */
  weights(dims: readonly number[], low?: number, high?: number): string;
  floats(values: readonly number[], dims?: readonly number[]): string;
  ints(values: readonly number[], dims?: readonly number[]): string;
  /** Convolution with random weights and bias. */
  conv(x: string, weight: readonly number[], attributes?: AttributeValues): string;
  /** Batch normalization with random statistics; factors of both signs. */
  norm(x: string, channels: number): string;
  flatten(x: string): string;
  dense(x: string, from: number, to: number): string;
  model(...outputs: readonly string[]): Model;
}

export interface NetworkOptions {
  readonly input?: readonly Dim[];
  readonly seed?: number;
  readonly opset?: number;
}

export function network({ input = ["N", 3, 6, 6], seed = 1, opset = 17 }: NetworkOptions = {}): Network {
  const random = seeded(seed);
  const initializers: Tensor[] = [];
  const nodes: Node[] = [];
  const image = "image";

  function keep(tensor: (name: string) => Tensor): string {
    const name = `constant${initializers.length}`;
    initializers.push(tensor(name));
    return name;
  }

  const g: Network = {
    image,
    add: (op, inputs, attributes) => g.addMany(op, inputs, 1, attributes)[0] ?? "",
    addMany(op, inputs, count, attributes) {
      const name = `${op}${nodes.length}`;
      const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? `${name}_out` : `${name}_out${i}`));
      nodes.push(node(op, inputs, outputs, attributes, name));
      return outputs;
    },
    weights(dims, low, high) {
      const count = dims.reduce((a, b) => a * b, 1);
      return g.floats(numbers(random, count, low, high), dims);
    },
    floats: (values, dims = [values.length]) => keep((name) => floatTensor(name, dims, values)),
    ints: (values, dims = [values.length]) => keep((name) => int64Tensor(name, dims, values)),
    conv: (x, weight, attributes) =>
      g.add("Conv", [x, g.weights(weight), g.weights([weight[0] ?? 0], -0.3, 0.3)], attributes),
    norm: (x, channels) =>
      g.add("BatchNormalization", [
        x,
        g.weights([channels], 0.5, 1.5),
        g.weights([channels], -0.3, 0.3),
        g.weights([channels], -0.3, 0.3),
        g.weights([channels], 0.5, 2),
      ]),
    flatten: (x) => g.add("Flatten", [x]),
    dense: (x, from, to) => g.add("Gemm", [x, g.weights([from, to]), g.weights([to], -0.3, 0.3)]),
    model: (...outputs) =>
      modelOf({
        nodes: [...nodes],
        initializers,
        inputs: [value(image, input)],
        outputs: outputs.map((name) => value(name, undefined)),
        opset,
      }),
  };
  return g;
}
