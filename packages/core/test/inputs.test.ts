/** Networks that take their picture in other ways: without a batch, of any size, as bytes, one at a time. */
import type { DataType, Model } from "@onnx-lrp/onnx-loader";
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { ExplanationOptions, PictureExplanation } from "../src/index.ts";
import { findModelInput } from "../src/internal.ts";
import { difference } from "./compare.ts";
import { pictures } from "./pictures.ts";

const size = 3 * 6 * 6;
const targets = [
  [-1, 2],
  [-1, 2],
  [-1, 2],
];

/** Convolutions and a dense layer, [1 or N, 3, 6, 6] to [1 or N, 5]; the same weights every time. */
function layers(g: Network, x: string): string {
  const first = g.add("Relu", [g.conv(x, [4, 3, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] })]);
  const second = g.add("Relu", [g.conv(first, [6, 4, 3, 3], { pads: [1, 1, 1, 1] })]);
  return g.dense(g.flatten(g.add("GlobalAveragePool", [second])), 6, 5);
}

function plain(): Model {
  const g = network();
  return g.model(layers(g, g.image));
}

function withInput(model: Model, type: DataType): Model {
  const inputs = model.graph.inputs.map((input) => ({
    name: input.name,
    type: { type, dims: input.type?.dims },
  }));
  return { ...model, graph: { ...model.graph, inputs } };
}

async function explain(
  model: Model,
  data: readonly Float32Array[],
  options: ExplanationOptions = {},
): Promise<PictureExplanation[]> {
  const explainer = await explainerFor(model, options);
  const results = await explainer.explain(data, targets.slice(0, data.length));
  await explainer.release();
  return results;
}

function expectSame(
  actual: readonly PictureExplanation[],
  wanted: readonly PictureExplanation[],
  turn: (map: Float32Array) => Float32Array = (map) => map,
): void {
  expect(actual).toHaveLength(wanted.length);
  for (const [n, result] of actual.entries()) {
    expect(difference(result.logits, wanted[n]?.logits ?? [])).toBeLessThan(1e-5);
    for (const [k, { relevance }] of result.explanations.entries()) {
      const other = wanted[n]?.explanations[k]?.relevance ?? new Float32Array();
      expect(difference(relevance, turn(other))).toBeLessThan(1e-4);
    }
  }
}

/** [3, 6, 6] to [6, 6, 3]. */
function channelsLast(data: Float32Array): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % 3) * 36 + Math.floor(i / 3)] ?? 0);
}

const methods: readonly ExplanationOptions[] = [
  {},
  { composite: "epsilon-plus" },
  { method: "gradient" },
  { method: "input-x-gradient" },
];

describe.each(methods)("%o", (options) => {
  const data = pictures(3, size);

  test("without a batch dimension, channels first", async () => {
    const g = network({ input: [3, 6, 6] });
    const axis = g.ints([0]);
    const model = g.model(g.add("Squeeze", [layers(g, g.add("Unsqueeze", [g.image, axis])), axis]));
    expectSame(await explain(model, data, options), await explain(plain(), data, options));
  });

  test("without a batch dimension, channels last", async () => {
    const g = network({ input: [6, 6, 3] });
    const turned = g.add("Transpose", [g.image], { perm: [2, 0, 1] });
    const model = g.model(layers(g, g.add("Unsqueeze", [turned, g.ints([0])])));
    const wanted = await explain(plain(), data, options);
    expectSame(await explain(model, data.map(channelsLast), options), wanted, channelsLast);
  });

  test("a batch fixed at one", async () => {
    const g = network({ input: [1, 3, 6, 6] });
    expectSame(
      await explain(g.model(layers(g, g.image)), data, options),
      await explain(plain(), data, options),
    );
  });

  test.each([
    ["named", ["N", 3, "height", "width"]],
    ["all alike", ["?", 3, "?", "?"]],
    ["unnamed", [undefined, 3, undefined, undefined]],
    ["written as -1", [-1, 3, -1, -1]],
  ])("sizes left open, %s", async (_, input) => {
    const g = network({ input });
    const model = g.model(layers(g, g.image));
    const results = await explain(model, data, { ...options, size: { height: 6, width: 6 } });
    expectSame(results, await explain(plain(), data, options));
  });

  test("a grey picture without a channel dimension", async () => {
    const grey = pictures(3, 36);
    const pixels = { low: [-1.1], high: [1.1] };
    const build = (input: readonly (string | number)[], open: boolean) => {
      const g = network({ input });
      const x = open ? g.add("Unsqueeze", [g.image, g.ints([1])]) : g.image;
      const c = g.add("Relu", [g.conv(x, [4, 1, 3, 3])]);
      return g.model(g.dense(g.flatten(c), 64, 5));
    };
    expectSame(
      await explain(build(["N", 6, 6], true), grey, { ...options, pixels }),
      await explain(build(["N", 1, 6, 6], false), grey, { ...options, pixels }),
    );
  });
});

describe("preprocessing inside the graph", () => {
  const bytes = pictures(3, size).map((picture) => picture.map((value) => Math.round((value + 1) * 127)));
  const pixels = { low: [0, 0, 0], high: [255, 255, 255] };

  function normalized(g: Network, x: string): string {
    const shifted = g.add("Sub", [x, g.floats([123, 117, 104], [3, 1, 1])]);
    return layers(g, g.add("Div", [shifted, g.floats([58, 57, 57], [3, 1, 1])]));
  }

  /** What the network sees, and what a pixel can be there: the same network without the arithmetic. */
  async function outside(options: ExplanationOptions): Promise<PictureExplanation[]> {
    const [mean, std] = [
      [123, 117, 104],
      [58, 57, 57],
    ];
    const at = (i: number, value: number) => (value - (mean[i] ?? 0)) / (std[i] ?? 1);
    const data = bytes.map((picture) => picture.map((value, i) => at(Math.floor(i / 36), value)));
    const bounds = { low: [0, 1, 2].map((i) => at(i, 0)), high: [0, 1, 2].map((i) => at(i, 255)) };
    // Constants are drawn in order: the arithmetic's take no random numbers.
    return explain(plain(), data, { ...options, pixels: bounds });
  }

  test.each(["float32", "uint8", "int32", "int64"] as const)("%s", async (type) => {
    const g = network();
    const model = withInput(g.model(normalized(g, g.add("Cast", [g.image], { to: 1 }))), type);
    for (const options of [{}, { composite: "epsilon-plus-flat" }] as const) {
      expectSame(await explain(model, bytes, { ...options, pixels }), await outside(options));
    }
  });

  test("bytes, channels last, any size, resized", async () => {
    const g = network({ input: ["N", "h", "w", 3] });
    const floats = g.add("Transpose", [g.add("Cast", [g.image], { to: 1 })], { perm: [0, 3, 1, 2] });
    const half = g.add("Resize", [floats, "", g.floats([1, 1, 0.5, 0.5])], { mode: "linear" });
    const model = withInput(g.model(normalized(g, half)), "uint8");
    // Every pixel four times: halving gives the picture back.
    const doubled = bytes.map((picture) =>
      Float32Array.from({ length: 4 * size }, (_, i) => {
        const [y, x, c] = [Math.floor(i / 36), Math.floor(i / 3) % 12, i % 3];
        return picture[c * 36 + Math.floor(y / 2) * 6 + Math.floor(x / 2)] ?? 0;
      }),
    );
    const results = await explain(model, doubled, { size: { height: 12, width: 12 }, pixels });
    const wanted = await outside({});
    for (const [n, { logits, explanations }] of results.entries()) {
      expect(difference(logits, wanted[n]?.logits ?? [])).toBeLessThan(1e-5);
      for (const [k, { relevance }] of explanations.entries()) {
        const summed = new Float32Array(size);
        for (const [i, r] of relevance.entries()) {
          const [y, x, c] = [Math.floor(i / 36), Math.floor(i / 3) % 12, i % 3];
          const at = c * 36 + Math.floor(y / 2) * 6 + Math.floor(x / 2);
          summed[at] = (summed[at] ?? 0) + r;
        }
        expect(difference(summed, wanted[n]?.explanations[k]?.relevance ?? [])).toBeLessThan(1e-4);
      }
    }
  });
});

describe("which numbers a network takes for a pixel", () => {
  const cases: readonly [string, (g: Network) => string, string | undefined][] = [
    ["nothing done to it", (g) => g.image, undefined],
    ["divided by 255", (g) => g.add("Div", [g.image, g.floats([255], [])]), "bytes"],
    [
      "times 1/127.5, minus 1",
      (g) => g.add("Sub", [g.add("Mul", [g.image, g.floats([1 / 127.5], [])]), g.floats([1], [])]),
      "bytes",
    ],
    [
      "a mean of bytes taken off",
      (g) => g.add("Sub", [g.image, g.floats([123, 117, 104], [3, 1, 1])]),
      "bytes",
    ],
    [
      "mean and deviation of units",
      (g) =>
        g.add("Div", [
          g.add("Sub", [g.image, g.floats([0.485, 0.456, 0.406], [3, 1, 1])]),
          g.floats([0.229, 0.224, 0.225], [3, 1, 1]),
        ]),
      "unit",
    ],
    [
      "times 2, minus 1",
      (g) => g.add("Sub", [g.add("Mul", [g.image, g.floats([2], [])]), g.floats([1], [])]),
      "unit",
    ],
    [
      "turned, then divided",
      (g) => g.add("Div", [g.add("Pad", [g.image, g.ints([0, 0, 0, 0, 0, 0, 0, 0])]), g.floats([255], [])]),
      "bytes",
    ],
  ];

  test.each(cases)("%s", (_, before, range) => {
    const g = network();
    expect(findModelInput(g.model(layers(g, before(g)))).range).toBe(range);
  });

  test("bytes by type", () => {
    const g = network();
    const model = withInput(g.model(layers(g, g.add("Cast", [g.image], { to: 1 }))), "uint8");
    expect(findModelInput(model).range).toBe("bytes");
  });
});

describe("sentences", () => {
  const open = () => {
    const g = network({ input: ["N", 3, "h", "w"] });
    return g.model(layers(g, g.image));
  };

  test("an open size that nobody fixes", async () => {
    await expect(explainerFor(open())).rejects.toThrow(
      'The input "image" leaves the size of its pictures open (axis H of N x C x H x W).',
    );
  });

  test("a size that the network does not take", async () => {
    await expect(explainerFor(plain(), { size: { height: 8, width: 6 } })).rejects.toThrow(
      'The input "image" takes pictures of 6 x 6 pixels (height x width) only, not 8 x 6.',
    );
  });

  test("a size that was asked for is not taken for one that the file fixes", async () => {
    const g = network({ input: ["N", 1, "leads", 2500] });
    const model = g.model(g.flatten(g.conv(g.image, [2, 1, 1, 5])));
    await expect(explainerFor(model, { size: { height: 224, width: 224 } })).rejects.toThrow(
      'The input "image" (height x width: any x 2500) does not take 224 x 224.',
    );
  });
});
