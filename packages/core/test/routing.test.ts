/** Operations that hand relevance to where each element came from, and those that pass it on unchanged. */
import { floatValue as float } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { zplus } from "../src/rules/index.ts";
import { everywhere, explainerWith } from "./engine.ts";
import { mixed } from "./mixed-seed.ts";
import { ruleEverywhere } from "./oracle/composites.ts";
import { gradient } from "./oracle/gradient.ts";
import { explain } from "./oracle/relevance.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

interface Case {
  readonly name: string;
  /** On a value of shape [N, 3, 4, 6]. */
  build(g: Network, x: string): string;
}

const slice = (name: string, starts: number[], ends: number[], axes?: number[], steps?: number[]): Case => ({
  name: `Slice ${name}`,
  build: (g, x) => {
    const more = [axes, steps].flatMap((list) => (list === undefined ? [] : [g.ints(list)]));
    return g.add("Slice", [x, g.ints(starts), g.ints(ends), ...more]);
  },
});

const pool = (name: string, attributes: Parameters<Network["add"]>[2]): Case => ({
  name: `MaxPool ${name}`,
  build: (g, x) => g.add("MaxPool", [x], attributes),
});

const far = 2 ** 62;

const routing: readonly Case[] = [
  { name: "Reshape", build: (g, x) => g.add("Reshape", [x, g.ints([0, 2, -1, 4])]) },
  {
    name: "Reshape that joins the batch with the channels",
    build: (g, x) => {
      const single = g.add("Reshape", [x, g.ints([-1, 1, 4, 6])]);
      return g.add("Reshape", [g.conv(single, [2, 1, 2, 2]), g.ints([-1, 6, 3, 5])]);
    },
  },
  { name: "Flatten", build: (g, x) => g.add("Flatten", [x], { axis: 1 }) },
  {
    name: "Squeeze and Unsqueeze",
    build: (g, x) => {
      const wide = g.add("Unsqueeze", [x, g.ints([1, -1])]);
      return g.add("Squeeze", [wide, g.ints([-1])]);
    },
  },
  { name: "Transpose", build: (g, x) => g.add("Transpose", [x], { perm: [0, 2, 3, 1] }) },
  {
    name: "channel shuffle",
    build: (g, x) => {
      const six = g.add("Concat", [x, g.add("Tanh", [x])], { axis: 1 });
      const apart = g.add("Reshape", [six, g.ints([0, 2, 3, 4, 6])]);
      return g.add("Reshape", [g.add("Transpose", [apart], { perm: [0, 2, 1, 3, 4] }), g.ints([0, 6, 4, 6])]);
    },
  },
  {
    name: "Concat along channels",
    build: (g, x) => g.add("Concat", [x, g.add("Tanh", [x]), x], { axis: 1 }),
  },
  {
    name: "Concat along the last axis",
    build: (g, x) => g.add("Concat", [g.add("Sigmoid", [x]), x], { axis: -1 }),
  },
  { name: "Concat of one", build: (g, x) => g.add("Concat", [x], { axis: 1 }) },
  slice("of channels", [1], [3], [1]),
  slice("of space", [1, -4], [3, -1], [2, 3]),
  slice("with steps", [0, 1], [far, far], [2, 3], [2, 3]),
  slice("backwards", [-1], [-far], [3], [-1]),
  slice("backwards by two", [4], [0], [-1], [-2]),
  slice("beyond the ends", [-100, 1], [100, 100], [2, 1]),
  slice("of everything", [0], [far], [0]),
  slice("without axes", [0, 1], [far, 3]),
  {
    name: "two Slices that overlap",
    build: (g, x) => {
      const ends = [g.ints([0]), g.ints([4]), g.ints([3])];
      const more = [g.ints([2]), g.ints([6]), g.ints([3])];
      return g.add("Mul", [
        g.add("Concat", [g.add("Slice", [x, ...ends]), g.add("Slice", [x, ...more])], { axis: 1 }),
        g.floats([1.5]),
      ]);
    },
  },
  { name: "Gather", build: (g, x) => g.add("Gather", [x, g.ints([2, 0])], { axis: 1 }) },
  {
    name: "Gather, repeated and negative",
    build: (g, x) => g.add("Gather", [x, g.ints([-1, 2, 2, 5, 0])], { axis: -1 }),
  },
  { name: "Gather of one", build: (g, x) => g.add("Gather", [x, g.ints([1], [])], { axis: 2 }) },
  {
    name: "Gather by a matrix",
    build: (g, x) => g.add("Gather", [x, g.ints([0, 1, 3, 3], [2, 2])], { axis: 2 }),
  },
  { name: "Pad", build: (g, x) => g.add("Pad", [x, g.ints([0, 0, 1, 0, 0, 1, 0, 2])]) },
  {
    name: "Pad with a value",
    build: (g, x) => g.add("Pad", [x, g.ints([0, 1, 0, 0, 0, 0, 0, 2]), g.floats([0.3], [])]),
  },
  { name: "Pad that cuts off", build: (g, x) => g.add("Pad", [x, g.ints([0, 0, -1, 2, 0, 0, 1, -2])]) },
  {
    name: "Expand",
    build: (g, x) => {
      const low = g.add("GlobalAveragePool", [x]);
      return g.add("Expand", [low, g.ints([1, 1, 2, 3])]);
    },
  },
  {
    name: "Expand to a higher rank",
    build: (g, x) => {
      const last = g.add("Reshape", [x, g.ints([0, 3, 24, 1])]);
      return g.add("Expand", [last, g.ints([1, 3, 24, 2])]);
    },
  },
  pool("2x2, side by side", { kernel_shape: [2, 2], strides: [2, 2] }),
  pool("3x3, overlapping, padded", { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  pool("3x2, stride 1, asymmetric pads", { kernel_shape: [3, 2], pads: [0, 1, 2, 0] }),
  pool("ceil_mode", { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  pool("dilated", { kernel_shape: [2, 2], dilations: [2, 3] }),
  pool("SAME_LOWER", { kernel_shape: [2, 2], auto_pad: "SAME_LOWER" }),
  {
    name: "MaxPool over a line",
    build: (g, x) => {
      const line = g.add("Reshape", [x, g.ints([0, 3, 24])]);
      return g.add("MaxPool", [line], { kernel_shape: [3], strides: [2], pads: [1, 1] });
    },
  },
  {
    name: "MaxPool of equals",
    build: (g, x) => {
      const many = g.add("Relu", [g.add("Sub", [x, g.floats([0.5])])]);
      const high = g.add("MaxPool", [many], { kernel_shape: [3, 3], strides: [1, 1] });
      // The seed is zero where the scores are: a constant lets the zeros among them have relevance.
      return g.add("Add", [high, g.floats([1], [])]);
    },
  },
  {
    name: "MaxPool whose winners are used twice",
    build: (g, x) => {
      const high = g.add("MaxPool", [x], { kernel_shape: [2, 2] });
      return g.add("Concat", [high, g.add("MaxPool", [high], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })], {
        axis: 1,
      });
    },
  },
];

const passing: readonly Case[] = [
  { name: "Identity", build: (g, x) => g.add("Identity", [x]) },
  { name: "Dropout", build: (g, x) => g.addMany("Dropout", [x], 2)[0] ?? "" },
  { name: "Add of a constant", build: (g, x) => g.add("Add", [g.weights([3, 1, 1]), x]) },
  { name: "Sub of a constant", build: (g, x) => g.add("Sub", [x, g.weights([1, 3, 1, 6])]) },
  { name: "Sub from a constant", build: (g, x) => g.add("Sub", [g.weights([3, 1, 1]), x]) },
  { name: "Mul with a constant", build: (g, x) => g.add("Mul", [x, g.weights([3, 1, 1])]) },
  { name: "Div by a constant", build: (g, x) => g.add("Div", [x, g.weights([3, 1, 1], 0.5, 2)]) },
  {
    name: "a constant that widens the signal",
    build: (g, x) => g.add("Mul", [g.add("GlobalAveragePool", [x]), g.weights([1, 3, 2, 4])]),
  },
  { name: "BatchNormalization alone", build: (g, x) => g.norm(x, 3) },
  {
    name: "BatchNormalization of a value that is used twice",
    build(g, x) {
      const y = g.conv(x, [3, 3, 1, 1]);
      return g.add("Concat", [g.norm(y, 3), y], { axis: 1 });
    },
  },
  { name: "LRN", build: (g, x) => g.add("LRN", [x], { size: 3, alpha: float(0.5) }) },
  {
    name: "InstanceNormalization",
    build: (g, x) => g.add("InstanceNormalization", [x, g.weights([3]), g.weights([3])]),
  },
  {
    name: "LayerNormalization",
    build: (g, x) => g.add("LayerNormalization", [x, g.weights([6]), g.weights([6])]),
  },
  { name: "SiLU", build: (g, x) => g.add("Mul", [x, g.add("Sigmoid", [x])]) },
  { name: "SiLU, the gate first", build: (g, x) => g.add("Mul", [g.add("Sigmoid", [x]), x]) },
  {
    name: "HardSwish with a HardSigmoid",
    build: (g, x) => g.add("Mul", [x, g.add("HardSigmoid", [x], { alpha: float(1 / 6) })]),
  },
  {
    name: "HardSwish written out",
    build(g, x) {
      const clipped = g.add("Clip", [
        g.add("Add", [x, g.floats([3], [])]),
        g.floats([0], []),
        g.floats([6], []),
      ]);
      return g.add("Mul", [x, g.add("Div", [clipped, g.floats([6], [])])]);
    },
  },
  {
    name: "squeeze and excitation",
    build(g, x) {
      const mean = g.add("GlobalAveragePool", [x]);
      const inner = g.add("Relu", [g.conv(mean, [2, 3, 1, 1])]);
      return g.add("Mul", [g.add("Sigmoid", [g.conv(inner, [3, 2, 1, 1])]), x]);
    },
  },
  {
    name: "a signal that is broadcast to its gate",
    build: (g, x) => g.add("Mul", [g.add("GlobalAveragePool", [x]), g.add("Sigmoid", [x])]),
  },
  {
    name: "attention over space, by Softmax",
    build(g, x) {
      const flat = g.add("Reshape", [g.conv(x, [1, 3, 1, 1]), g.ints([0, 1, 24])]);
      const gate = g.add("Reshape", [g.add("Softmax", [flat]), g.ints([0, 1, 4, 6])]);
      return g.add("Mul", [x, gate]);
    },
  },
];

function build({ build }: Case, seed: number) {
  const g = network({ input: ["N", 3, 4, 6], seed });
  const x = g.add("LeakyRelu", [g.image], { alpha: float(0.3) });
  const y = build(g, x);
  return { model: g.model(g.flatten(y)), images: pictures(3, 72, seed) };
}

describe.each([
  ["routing", routing],
  ["passing on", passing],
] as const)("%s", (_, cases) => {
  for (const at of cases) {
    test(at.name, async () => {
      const { model, images } = build(at, 3);
      const targets = [1, 0, 2];
      const made = explainerWith(model, everywhere(zplus), mixed.engine);
      const results = await withExplainer(made, (explainer) =>
        explainer.explain(
          images,
          images.map(() => targets),
        ),
      );
      const how = { seed: mixed.oracle, composite: ruleEverywhere("zplus"), ...pixels };
      for (const [n, k] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [2, 2],
      ] as const) {
        const { maps, logits } = explain(model, images.slice(n, n + 1), targets.slice(k, k + 1), how);
        expect.soft(results[n]?.logits ?? []).toBeNear(logits, 1e-5);
        expect.soft(mapOf(results, n, k)).toBeNear(maps[0] ?? [], 1e-5);
      }
    });

    test(`${at.name}: gradient`, async () => {
      const { model, images } = build(at, 3);
      const results = await explainOnce(model, images.slice(0, 2), [[0], [1]], {
        method: "sglrp",
        composite: "gradient",
      });
      for (const [n, result] of results.entries()) {
        const expected = gradient(model, images[n] ?? [], n, seeds.sglrp);
        expect.soft(result.explanations[0]?.relevance ?? []).toBeNear(expected, 1e-5);
      }
    });
  }
});
