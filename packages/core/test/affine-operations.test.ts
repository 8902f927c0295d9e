/** Operations that are affine in one input, and are written as a matrix: against onnxruntime's own scores. */
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { inspectExplanation } from "../src/index.ts";
import { pictures } from "./pictures.ts";

type Build = (g: Network, x: string) => string;

const rows = (g: Network, x: string, dims: readonly number[]) => g.add("Reshape", [x, g.ints(dims)]);

const cases: Readonly<Record<string, Build>> = {
  "GridSample on a fixed grid": (g, x) =>
    g.add("GridSample", [x, g.weights([1, 3, 5, 2])], { mode: "bilinear", padding_mode: "border" }),
  "ScatterElements of the signal into a constant": (g, x) =>
    g.add("ScatterElements", [g.weights([1, 60]), g.ints(every(48, 5, 60), [1, 48]), rows(g, x, [1, 48])], {
      axis: 1,
    }),
  "ScatterND of constants into the signal": (g, x) =>
    g.add("ScatterND", [rows(g, x, [48]), g.ints([3, 41], [2, 1]), g.floats([1, 2])]),
  GatherElements: (g, x) =>
    g.add("GatherElements", [rows(g, x, [6, 8]), g.ints([5, 1, 1, 0, 2, 3, 4, 4], [1, 8])], { axis: 0 }),
  GatherND: (g, x) => g.add("GatherND", [rows(g, x, [6, 8]), g.ints([0, 1, 5, 7, 3, 3], [3, 2])]),
  "Col2Im with strides, pads and dilations": (g, x) =>
    g.add("Col2Im", [rows(g, x, [1, 12, 4]), g.ints([5, 5]), g.ints([3, 2])], {
      strides: [2, 3],
      pads: [1, 0, 0, 1],
      dilations: [1, 2],
    }),
  Col2Im: (g, x) => g.add("Col2Im", [rows(g, x, [1, 12, 4]), g.ints([3, 3]), g.ints([2, 2])]),
  CenterCropPad: (g, x) => g.add("CenterCropPad", [x, g.ints([6, 3])], { axes: [2, 3] }),
  "Resize that crops": (g, x) =>
    g.add("Resize", [x, g.floats([0, 0, 0.2, 0.1, 1, 1, 0.8, 0.9]), "", g.ints([1, 3, 3, 3])], {
      mode: "linear",
      coordinate_transformation_mode: "tf_crop_and_resize",
    }),
  "a vector times matrices": (g, x) => g.add("MatMul", [rows(g, x, [48]), g.weights([2, 48, 3])]),
};

/** `count` numbers, each a step further in a circle. */
function every(count: number, step: number, around: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * step + Math.floor((i * step) / around)) % around);
}

function modelOf(build: Build): Model {
  const g = network({ input: [1, 3, 4, 4], seed: 3, opset: 18 });
  const row = g.add("Reshape", [build(g, g.add("Tanh", [g.image])), g.ints([1, -1])]);
  const made = g.add("Tanh", [row]);
  const pooled = [0.3, -0.7, 1.1].map((factor) =>
    g.add("ReduceSum", [g.add("Sin", [g.add("Mul", [made, g.floats([factor * 3])])]), g.ints([1])]),
  );
  return g.model(g.add("Concat", pooled, { axis: 1 }));
}

test.each(Object.entries(cases))("%s", async (_, build) => {
  const model = modelOf(build);
  const [image = new Float32Array(), direction = new Float32Array()] = pictures(2, 48, 9);
  const session = await ort.InferenceSession.create(writeModel(model), { logSeverityLevel: 4 });
  const run = async (data: Float32Array) => {
    const result = await session.run({ image: new ort.Tensor("float32", data, [1, 3, 4, 4]) });
    return Array.from(result[session.outputNames[0] ?? ""]?.data as Float32Array);
  };
  const results = await explainOnce(model, [image], [[0, 2]], { method: "gradient" });
  expect(results[0]?.logits ?? []).toBeNear(await run(image), 1e-5);
  const step = 3e-3;
  const moved = (sign: number) => run(image.map((value, i) => value + sign * step * (direction[i] ?? 0)));
  const [above, below] = [await moved(1), await moved(-1)];
  for (const [k, at] of [0, 2].entries()) {
    const slope = ((above[at] ?? 0) - (below[at] ?? 0)) / (2 * step);
    const found = mapOf(results, 0, k).reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0);
    expect(Math.abs(found - slope)).toBeLessThan(5e-3 * Math.max(1, Math.abs(slope)));
  }
  await session.release();
});

test("what is not affine stays what it is, and is refused by name", async () => {
  const g = network({ input: [1, 3, 4, 4], opset: 18 });
  const largest = g.add(
    "ScatterElements",
    [rows(g, g.image, [1, 48]), g.ints([0, 1], [1, 2]), g.floats([0, 0], [1, 2])],
    {
      axis: 1,
      reduction: "max",
    },
  );
  const { problems } = await inspectExplanation(g.model(g.dense(largest, 48, 3)), ort, {
    method: "gradient",
  });
  expect(problems.map(({ node }) => node?.op)).toEqual(["ScatterElements"]);
});

test("tokens by a matrix are a dense layer with its bias, of a picture alone too", async () => {
  const g = network({ input: [1, 3, 4, 4], opset: 18 });
  const tokens = g.add("MatMul", [rows(g, g.image, [1, 12, 4]), g.weights([4, 5])]);
  const biased = g.add("Add", [tokens, g.weights([5])]);
  const logits = g.dense(g.add("Reshape", [g.add("Tanh", [biased]), g.ints([1, -1])]), 60, 3);
  const { graph } = await inspectExplanation(g.model(logits), ort, { method: "lrp", composite: "zplus" });
  const nodes = graph.nodes.map(({ node }) => node);
  const dense = nodes.filter(({ op }) => op === "Gemm" || op === "MatMul");
  expect(dense.map(({ op, inputs }) => [op, inputs.length])).toEqual([
    ["Gemm", 3],
    ["Gemm", 3],
  ]);
  expect(nodes.map(({ op }) => op)).not.toContain("Add");
});
