/** Writes networks in a few lines: `x = g.add("Conv", [x, g.weights([4, 3, 3, 3])], { pads: [1, 1, 1, 1] })`. */
import {
  type Attribute,
  type Dim,
  floatTensor,
  int,
  int64Tensor,
  ints,
  type Model,
  type Node,
  string,
  type Tensor,
} from "@onnx-lrp/onnx-loader";
import { numbers, seeded } from "./random.ts";

/** A whole number, whole numbers, a word; anything else (`float(0.5)`) as the loader writes it. */
type Given = number | readonly number[] | string | Attribute;

export interface Network {
  readonly image: string;
  add(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, Given>>): string;
  /** Like `add`, with several outputs. */
  addMany(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, Given>>,
  ): string[];
  /** Random numbers between low and high. */
  weights(dims: readonly number[], low?: number, high?: number): string;
  floats(values: readonly number[], dims?: readonly number[]): string;
  ints(values: readonly number[], dims?: readonly number[]): string;
  /** Convolution, bias and all, with random weights. */
  conv(x: string, weight: readonly number[], attributes?: Readonly<Record<string, Given>>): string;
  /** Batch normalization with random statistics; factors of both signs. */
  norm(x: string, channels: number): string;
  flatten(x: string): string;
  dense(x: string, from: number, to: number): string;
  model(...outputs: readonly string[]): Model;
}

function attributeOf(given: Given): Attribute {
  if (typeof given === "number") return int(given);
  if (typeof given === "string") return string(given);
  return "kind" in given ? given : ints(given);
}

export interface NetworkOptions {
  readonly input?: readonly Dim[];
  readonly seed?: number;
  readonly opset?: number;
}

export function network({ input = ["N", 3, 6, 6], seed = 1, opset = 17 }: NetworkOptions = {}): Network {
  const random = seeded(seed);
  const initializers = new Map<string, Tensor>();
  const nodes: Node[] = [];
  const image = "image";

  function keep(tensor: (name: string) => Tensor): string {
    const name = `constant${initializers.size}`;
    initializers.set(name, tensor(name));
    return name;
  }

  const g: Network = {
    image,
    add: (op, inputs, attributes) => g.addMany(op, inputs, 1, attributes)[0] ?? "",
    addMany(op, inputs, count, attributes = {}) {
      const name = `${op}${nodes.length}`;
      const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? `${name}_out` : `${name}_out${i}`));
      const entries = Object.entries(attributes).map(([key, given]) => [key, attributeOf(given)] as const);
      nodes.push({ op, domain: "", name, inputs, outputs, attributes: new Map(entries) });
      return outputs;
    },
    weights: (dims, low, high) =>
      g.floats(
        numbers(
          random,
          dims.reduce((a, b) => a * b, 1),
          low,
          high,
        ),
        dims,
      ),
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
    model: (...outputs) => ({
      irVersion: 8,
      opsets: { "": opset },
      producer: "test",
      producerVersion: "",
      metadata: {},
      graph: {
        name: "test",
        nodes: [...nodes],
        initializers: new Map(initializers),
        inputs: [{ name: image, type: { type: "float32", dims: input } }],
        outputs: outputs.map((name) => ({ name, type: { type: "float32", dims: undefined } })),
        valueInfo: [],
        overridable: new Set(),
        carried: [],
      },
      functions: [],
      carried: [],
    }),
  };
  return g;
}
