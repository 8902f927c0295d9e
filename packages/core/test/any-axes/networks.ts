/** Small networks of the public kind over signals, volumes and features, each with the ways in which it may take its input. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";

const relu = (g: Network, x: string) => g.add("Relu", [x]);

/** How a network takes its input: channels first or last, or all in a row. */
export type Form = "channels first" | "channels last" | "features" | "features, channels last";
export const forms = ["channels first", "channels last", "features", "features, channels last"] as const;

interface Body {
  readonly channels: number;
  /** Places along each axis. */
  readonly sizes: readonly number[];
  readonly seed: number;
  /** From [N, C, ...sizes] to the logits [N, 5]. */
  build(g: Network, x: string): string;
}

/** Convolutions with batch normalization, a stride, a maximum, a residual and squeeze-and-excite. */
const resnet: Body = {
  channels: 2,
  sizes: [32],
  seed: 201,
  build(g, x) {
    const stem = relu(g, g.norm(g.conv(x, [4, 2, 7], { pads: [3, 3], strides: [2] }), 4));
    const pooled = g.add("MaxPool", [stem], { kernel_shape: [3], strides: [2], pads: [1, 1] });
    const inner = relu(g, g.norm(g.conv(pooled, [4, 4, 3], { pads: [1, 1] }), 4));
    const second = g.norm(g.conv(inner, [4, 4, 3], { pads: [1, 1] }), 4);
    const squeezed = relu(g, g.conv(g.add("GlobalAveragePool", [second]), [2, 4, 1]));
    const gate = g.add("Sigmoid", [g.conv(squeezed, [4, 2, 1])]);
    const block = relu(g, g.add("Add", [g.add("Mul", [second, gate]), pooled]));
    const deep = relu(g, g.conv(block, [6, 4, 3], { strides: [2], dilations: [2], pads: [2, 2] }));
    return g.dense(g.flatten(g.add("GlobalAveragePool", [deep])), 6, 5);
  },
};

/** 3-D convolutions, one of them in groups, maxima and averages of blocks, and a dense layer over all places. */
const voxels: Body = {
  channels: 2,
  sizes: [6, 8, 7],
  seed: 202,
  build(g, x) {
    const first = relu(g, g.norm(g.conv(x, [4, 2, 3, 3, 3], { pads: [1, 1, 1, 1, 1, 1] }), 4));
    const pooled = g.add("MaxPool", [first], { kernel_shape: [2, 2, 2], strides: [2, 2, 2], ceil_mode: 1 });
    const second = relu(g, g.conv(pooled, [6, 2, 3, 1, 3], { group: 2, pads: [1, 0, 1, 1, 0, 1] }));
    const low = g.add("AveragePool", [second], {
      kernel_shape: [2, 3, 2],
      strides: [1, 2, 2],
      pads: [0, 1, 0, 1, 1, 0],
    });
    const hidden = relu(g, g.dense(g.flatten(low), 72, 6));
    return g.dense(hidden, 6, 5);
  },
};

/** Convolutions of a picture in frames of a video: (2+1)-D, as R(2+1)D has them. */
const video: Body = {
  channels: 3,
  sizes: [4, 6, 6],
  seed: 203,
  build(g, x) {
    const space = relu(g, g.conv(x, [5, 3, 1, 3, 3], { pads: [0, 1, 1, 0, 1, 1], strides: [1, 2, 2] }));
    const time = relu(g, g.conv(space, [6, 5, 3, 1, 1], { pads: [1, 0, 0, 1, 0, 0] }));
    const mean = g.add("ReduceMean", [time], { axes: [2, 3, 4], keepdims: 0 });
    return g.dense(mean, 6, 5);
  },
};

/** The picture's twin of these, for what must not change. */
const picture: Body = {
  channels: 3,
  sizes: [7, 8],
  seed: 206,
  build(g, x) {
    const first = relu(g, g.norm(g.conv(x, [4, 3, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }), 4));
    const second = relu(g, g.conv(first, [5, 4, 3, 3], { pads: [1, 1, 1, 1] }));
    return g.dense(g.flatten(g.add("GlobalAveragePool", [second])), 5, 5);
  },
};

export const bodies = { resnet, voxels, video, picture } as const;
export type BodyName = keyof typeof bodies;
export const bodyNames = Object.keys(bodies) as BodyName[];

/** A network and how its input's elements lie. */
export interface Made {
  readonly model: Model;
  readonly body: Body;
  readonly elements: number;
  /** The input's elements in channels-first order, in the order that the network takes them. */
  turned(values: ArrayLike<number>): Float32Array;
  /** A map in the network's order, channels first. */
  back(values: ArrayLike<number>): Float32Array;
}

/** @param open whether the file says no size at all */
export function make(name: BodyName, form: Form = "channels first", open = false): Made {
  const body: Body = bodies[name];
  const { channels, sizes, seed } = body;
  const places = sizes.reduce((a, b) => a * b, 1);
  const elements = channels * places;
  const last = form.endsWith("last");
  const shape = last ? [...sizes, channels] : [channels, ...sizes];
  const features = form.startsWith("features");
  const own = features ? [elements] : shape;
  const input = ["N", ...(open ? own.map((_, i) => `axis${i}`) : own)];
  const g = network({ seed, input });
  const viewed = features ? g.add("Reshape", [g.image, g.ints([-1, ...shape])]) : g.image;
  const rank = sizes.length + 2;
  const first = Array.from({ length: rank }, (_, i) => (i === 0 ? 0 : i === 1 ? rank - 1 : i - 1));
  const x = last ? g.add("Transpose", [viewed], { perm: first }) : viewed;
  const model = g.model(g.add("Softmax", [body.build(g, x)], { axis: 1 }));
  return {
    ...{ model, body, elements },
    turned: (values) =>
      Float32Array.from({ length: elements }, (_, i) =>
        last ? (values[(i % channels) * places + Math.floor(i / channels)] ?? 0) : (values[i] ?? 0),
      ),
    back: (values) =>
      Float32Array.from({ length: elements }, (_, i) =>
        last ? (values[(i % places) * channels + Math.floor(i / places)] ?? 0) : (values[i] ?? 0),
      ),
  };
}
