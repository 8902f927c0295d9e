/** Which axis of a network's input is which, what the other inputs are given, and explanations of inner values. */
import type { Dim, Model } from "@onnx-lrp/onnx-loader";
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { ExplainerOptions } from "../src/index.ts";
import { findModelInput, parseAxes } from "../src/internal.ts";
import { difference } from "./compare.ts";
import { pictures } from "./pictures.ts";

interface Case {
  readonly name: string;
  readonly input: readonly Dim[];
  readonly build: (g: Network) => string;
  readonly axes: string;
  readonly grid: {
    readonly channels: number;
    readonly depth?: number;
    readonly height?: number;
    readonly width?: number;
  };
  readonly layout?: string;
  readonly missingAxes?: readonly number[];
}

const conv1d = (g: Network, x: string, channels: number) => g.conv(x, [4, channels, 3], { pads: [1, 1] });
const conv2d = (g: Network, x: string, channels: number) => g.conv(x, [4, channels, 3, 3]);
const conv3d = (g: Network, x: string, channels: number) => g.conv(x, [4, channels, 3, 3, 3]);
const turned = (g: Network, ...perm: number[]) => g.add("Transpose", [g.image], { perm });

const cases: readonly Case[] = [
  {
    name: "five bands",
    input: ["N", 5, 8, 8],
    build: (g) => conv2d(g, g.image, 5),
    axes: "NCHW",
    grid: { channels: 5, height: 8, width: 8 },
  },
  {
    name: "seven planes of 3 x 3",
    input: ["N", 7, 3, 3],
    build: (g) => conv2d(g, g.image, 7),
    axes: "NCHW",
    grid: { channels: 7, height: 3, width: 3 },
  },
  {
    name: "thirteen bands, channels last",
    input: ["N", 8, 9, 13],
    build: (g) => conv2d(g, turned(g, 0, 3, 1, 2), 13),
    axes: "NHWC",
    layout: "nhwc",
    grid: { channels: 13, height: 8, width: 9 },
  },
  {
    name: "every size a symbol",
    input: ["b", "c", "h", "w"],
    build: (g) => conv2d(g, g.image, 6),
    axes: "NCHW",
    grid: { channels: 6 },
  },
  {
    name: "a signal",
    input: ["N", 12, 100],
    build: (g) => conv1d(g, g.image, 12),
    axes: "NCL",
    grid: { channels: 12, depth: 1, height: 1, width: 100 },
  },
  {
    name: "a signal of three leads, which is no picture",
    input: ["N", 3, 100],
    build: (g) => conv1d(g, g.image, 3),
    axes: "NCL",
    grid: { channels: 3, depth: 1, height: 1, width: 100 },
  },
  {
    name: "a signal, channels last",
    input: ["N", 100, 12],
    build: (g) => conv1d(g, turned(g, 0, 2, 1), 12),
    axes: "NLC",
    layout: "nhwc",
    grid: { channels: 12, depth: 1, height: 1, width: 100 },
  },
  {
    name: "a waveform",
    input: ["N", 400],
    build: (g) => conv1d(g, g.add("Unsqueeze", [g.image, g.ints([1])]), 1),
    axes: "NL",
    grid: { channels: 1, depth: 1, height: 1, width: 400 },
  },
  {
    name: "a waveform that the network reshapes",
    input: ["N", 400],
    build: (g) => conv1d(g, g.add("Reshape", [g.image, g.ints([-1, 1, 400])]), 1),
    axes: "NL",
    grid: { channels: 1, depth: 1, height: 1, width: 400 },
  },
  {
    name: "a waveform under a convolution of pictures",
    input: ["N", 400],
    build: (g) => g.conv(g.add("Reshape", [g.image, g.ints([-1, 1, 1, 400])]), [4, 1, 1, 5]),
    axes: "NL",
    grid: { channels: 1, depth: 1, height: 1, width: 400 },
  },
  {
    name: "a signal as features",
    input: ["N", 400],
    build: (g) => conv1d(g, g.add("Reshape", [g.image, g.ints([-1, 4, 100])]), 4),
    axes: "NF",
    grid: { channels: 4, depth: 1, height: 1, width: 100 },
  },
  {
    name: "a signal without a batch",
    input: [12, 100],
    build: (g) => conv1d(g, g.add("Unsqueeze", [g.image, g.ints([0])]), 12),
    axes: "NCL",
    missingAxes: [0],
    grid: { channels: 12, depth: 1, height: 1, width: 100 },
  },
  {
    name: "a signal under a convolution of pictures",
    input: ["N", 2, 64],
    build: (g) => g.conv(g.add("Unsqueeze", [g.image, g.ints([2])]), [4, 2, 1, 3]),
    axes: "NCL",
    grid: { channels: 2, depth: 1, height: 1, width: 64 },
  },
  {
    name: "a volume",
    input: ["N", 2, 5, 6, 7],
    build: (g) => conv3d(g, g.image, 2),
    axes: "NCDHW",
    grid: { channels: 2, depth: 5, height: 6, width: 7 },
  },
  {
    name: "a volume, channels last",
    input: ["N", 5, 6, 7, 2],
    build: (g) => conv3d(g, turned(g, 0, 4, 1, 2, 3), 2),
    axes: "NDHWC",
    layout: "nhwc",
    grid: { channels: 2, depth: 5, height: 6, width: 7 },
  },
  {
    name: "features",
    input: ["N", 20],
    build: (g) => g.dense(g.image, 20, 3),
    axes: "NF",
    grid: { channels: 1, depth: 1, height: 1, width: 20 },
  },
  {
    name: "a picture as features",
    input: ["N", 192],
    build: (g) => conv2d(g, g.add("Reshape", [g.image, g.ints([-1, 3, 8, 8])]), 3),
    axes: "NF",
    grid: { channels: 3, depth: 1, height: 8, width: 8 },
  },
  {
    name: "a picture as features, channels last",
    input: ["N", 192],
    build: (g) =>
      conv2d(
        g,
        g.add("Transpose", [g.add("Reshape", [g.image, g.ints([-1, 8, 8, 3])])], { perm: [0, 3, 1, 2] }),
        3,
      ),
    axes: "NF",
    layout: "nhwc",
    grid: { channels: 3, depth: 1, height: 8, width: 8 },
  },
  {
    name: "a grey picture without batch and channel",
    input: [8, 8],
    build: (g) => conv2d(g, g.add("Unsqueeze", [g.image, g.ints([0, 1])]), 1),
    axes: "NCHW",
    missingAxes: [0, 1],
    grid: { channels: 1, depth: 1, height: 8, width: 8 },
  },
];

test.each(cases)("$name: $axes", ({ input, build, axes, grid, layout = "nchw", missingAxes = [] }) => {
  const g = network({ input });
  const { picture } = findModelInput(g.model(build(g)));
  expect(picture).toMatchObject({ axes: [...axes], layout, missingAxes, ...grid });
});

test("an input without a shape has that of its first layer", () => {
  const g = network({ input: ["N", 4, 8, 8] });
  const { graph, ...model } = g.model(conv2d(g, g.image, 4));
  const inputs = graph.inputs.map(({ name }) => ({
    name,
    type: { type: "float32" as const, dims: undefined },
  }));
  const { picture } = findModelInput({ ...model, graph: { ...graph, inputs } });
  expect(picture).toMatchObject({
    axes: [..."NCHW"],
    channels: 4,
    height: undefined,
    width: undefined,
    batch: "N",
  });
});

describe("a layout that is asked for", () => {
  const g = network({ input: ["N", 8, 8, 8] });
  const model = g.model(conv2d(g, g.image, 8));
  test("overrules what is found", () => {
    expect(findModelInput(model, { layout: "nhwc" }).picture).toMatchObject({
      ...{ axes: [..."NHWC"], layout: "nhwc", axesSource: { by: "option" } },
    });
  });
  test.each(["NCXW", "NCCW", "CNHW", "NCWH", "", "N"])("is refused where it is none: %s", (layout) => {
    expect(() => parseAxes(layout)).toThrow(/is not one letter for each axis/);
  });
  test("is refused where it has other axes than the input", () => {
    expect(() => findModelInput(model, { layout: "NCL" })).toThrow(
      /NCL has 3 axes, and the input "image" has 4/,
    );
  });
});

const sizes = [3, 6, 6];
const [image = new Float32Array()] = pictures(1, 108, 3);

/** A network with a second input, which scales the picture, and the same with the scale baked in. */
function scaled(dims: readonly Dim[], value?: readonly number[]): Model {
  const g = network({ input: ["N", ...sizes], seed: 5 });
  const factor = value === undefined ? "gain" : g.floats(value, dims.map(Number));
  const y = g.dense(g.flatten(g.add("Relu", [g.conv(g.add("Mul", [g.image, factor]), [4, 3, 3, 3])])), 64, 5);
  const model = g.model(y);
  if (value !== undefined) return model;
  const gain = { name: "gain", type: { type: "float32" as const, dims } };
  return { ...model, graph: { ...model.graph, inputs: [...model.graph.inputs, gain] } };
}

async function mapOf(model: Model, options: ExplainerOptions = {}): Promise<Float32Array> {
  const explainer = await explainerFor(model, options);
  try {
    const [result] = await explainer.explain([image], [[2]]);
    return result?.explanations[0]?.relevance ?? new Float32Array();
  } finally {
    await explainer.release();
  }
}

describe("an input beside the explained one", () => {
  test.each<[string, readonly Dim[], ExplainerOptions["feeds"], readonly number[], readonly number[]]>([
    ["one number", [1], { gain: 0.5 }, [0.5], [1]],
    ["one number for every element", [3, 1, 1], { gain: 2 }, [2, 2, 2], [3, 1, 1]],
    ["an array", [3, 1, 1], { gain: { data: [1, 2, 0.5], shape: [3, 1, 1] } }, [1, 2, 0.5], [3, 1, 1]],
    ["one number with a batch that is open", ["N", 1, 1, 1], { gain: 0.5 }, [0.5], [1]],
  ])("%s gives the map of the network that has it baked in", async (_, dims, feeds, value, bakedDims) => {
    const fed = await mapOf(scaled(dims), { input: "image", feeds });
    expect(difference(fed, await mapOf(scaled(bakedDims, value)))).toBeLessThan(1e-6);
  });

  test.each<[string, ExplainerOptions["feeds"], RegExp]>([
    ["no value", undefined, /takes "gain" \(float32, 3 x 1 x 1\), for which there is no value/],
    ["an unknown name", { gain: 1, other: 1 }, /has no input "other" to feed/],
    [
      "another shape",
      { gain: { data: [1, 2], shape: [2, 1, 1] } },
      /has the shape 2 x 1 x 1, which does not fit/,
    ],
    ["numbers that are not finite", { gain: Number.NaN }, /not finite/],
    ["the explained input itself", { gain: 1, image: 1 }, /is the one that gets explained/],
  ])("%s is refused", async (_, feeds, message) => {
    await expect(mapOf(scaled([3, 1, 1]), { input: "image", feeds })).rejects.toThrow(message);
  });
});

describe("back to an inner value", () => {
  /** Twice a rectified convolution; the second half alone takes what the first makes. */
  function halves() {
    const g = network({ input: ["N", ...sizes], seed: 5 });
    const inner = g.add("Relu", [g.conv(g.image, [4, 3, 3, 3])]);
    const y = g.dense(g.flatten(g.add("Relu", [g.conv(inner, [6, 4, 3, 3])])), 24, 5);
    return { model: g.model(y), inner };
  }

  test.each(["lrp", "sglrp", "gradient", "input-x-gradient"] as const)(
    "%s: the map of the rest of the network",
    async (method) => {
      const { model, inner } = halves();
      const explainer = await explainerFor(model, { method, backTo: inner, pixels: undefined });
      const [result] = await explainer.explain([image], [[2]]);
      await explainer.release();
      expect(explainer.map).toMatchObject({ channels: 4, height: 4, width: 4 });
      // The same network with the inner value as its only input.
      const { graph } = model;
      const cut = graph.nodes.findIndex(({ outputs }) => outputs.includes(inner)) + 1;
      const rest: Model = {
        ...model,
        graph: {
          ...graph,
          nodes: graph.nodes.slice(cut),
          inputs: [{ name: inner, type: { type: "float32", dims: ["N", 4, 4, 4] } }],
        },
      };
      const first: Model = {
        ...model,
        graph: { ...graph, nodes: graph.nodes.slice(0, cut), outputs: [{ name: inner, type: undefined }] },
      };
      const ort = await import("onnxruntime-node");
      const { writeModel } = await import("@onnx-lrp/onnx-loader");
      const session = await ort.InferenceSession.create(writeModel(first));
      const values = await session.run({ image: new ort.Tensor("float32", image, [1, ...sizes]) });
      await session.release();
      const alone = await explainerFor(rest, { method, pixels: undefined });
      const [wanted] = await alone.explain([values[inner]?.data as Float32Array], [[2]]);
      await alone.release();
      expect(
        difference(result?.explanations[0]?.relevance ?? [], wanted?.explanations[0]?.relevance ?? []),
      ).toBeLessThan(1e-5);
    },
  );

  test.each<[ExplainerOptions, RegExp]>([
    [{ backTo: "nowhere" }, /no value "nowhere" that depends on its input/],
    [{ method: "smoothgrad", backTo: "x" }, /smoothgrad explains the network's input/],
    [{ method: "deeplift", backTo: "x" }, /deeplift explains the network's input/],
  ])("%o is refused", async (options, message) => {
    await expect(explainerFor(halves().model, options)).rejects.toThrow(message);
  });
});
