/** GatherND at fixed places is a Gather from fewer axes: against that, and against central differences. */
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { inspectExplanation } from "../src/index.ts";
import { pictures } from "./pictures.ts";

/** 24 values, of which some are picked, some twice, as [2, 3, 2] from [4, 3, 2] or in a row. */
function picking(pick: (g: Network, values: string) => string, dims: readonly number[]): Model {
  const g = network({ input: [1, 3, 4, 4], seed: 5 });
  const values = g.add("Tanh", [g.dense(g.flatten(g.image), 48, 24)]);
  const picked = pick(g, g.add("Reshape", [values, g.ints(dims)]));
  const row = g.add("Reshape", [picked, g.ints([1, 12])]);
  return g.model(g.dense(row, 12, 4));
}

const forms: readonly [string, Model, Model][] = [
  [
    "by one axis",
    picking((g, x) => g.add("GatherND", [x, g.ints([3, -3], [2, 1])]), [4, 3, 2]),
    picking((g, x) => g.add("Gather", [x, g.ints([3, 1])], { axis: 0 }), [4, 3, 2]),
  ],
  [
    "by two axes",
    picking(
      (g, x) => g.add("GatherND", [x, g.ints([0, 2, 3, 0, 1, 1, 0, 2, 3, -1, 2, 0], [2, 3, 2])]),
      [4, 3, 2],
    ),
    picking((g, x) => g.add("Gather", [x, g.ints([2, 9, 4, 2, 11, 6], [2, 3])], { axis: 0 }), [12, 2]),
  ],
];

test.each(forms)("%s", async (_, model, plain) => {
  const images = pictures(2, 48, 9);
  const targets = images.map(() => [0, 3]);
  for (const method of ["lrp", "gradient"] as const) {
    const [found, expected] = await Promise.all(
      [model, plain].map((of) => explainOnce(of, images, targets, { method, pixels: undefined })),
    );
    for (const [n, k] of [
      [0, 0],
      [1, 1],
    ] as const)
      expect(mapOf(found ?? [], n, k)).toBeNear(mapOf(expected ?? [], n, k), 1e-6);
    expect(Math.hypot(...mapOf(found ?? []))).toBeGreaterThan(0);
  }
  const { graph } = await inspectExplanation(model, ort, { method: "lrp", composite: "zplus" });
  const picks = graph.nodes.filter(({ node }) => node.op.startsWith("Gather"));
  expect(picks.map(({ behaviour }) => behaviour.kind)).toEqual(["route"]);
  const session = await ort.InferenceSession.create(writeModel(model), { logSeverityLevel: 4 });
  const [image = new Float32Array()] = images;
  const scores = await session.run({ image: new ort.Tensor("float32", image, [1, 3, 4, 4]) });
  const [result] = await explainOnce(model, [image], [[0]], { method: "gradient" });
  expect(result?.logits ?? []).toBeNear(scores[session.outputNames[0] ?? ""]?.data as Float32Array, 1e-6);
  await session.release();
});
