/** Evaluation of a network with scores at each place: the shipped segmenter, on scenes with masks. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PictureExplanation, Target } from "@onnx-lrp/core";
import {
  metrics,
  openDataSet,
  type PreparedItem,
  type RunMethod,
  type RunResources,
} from "@onnx-lrp/evaluation";
import { evaluatePicture, prepareItem } from "@onnx-lrp/evaluation/internal";
import { classNames, shippedSegmenter, writeScenes } from "@onnx-lrp/models";
import { openExplainer, openFileScorer, readModelFile, resolvePreprocess } from "@onnx-lrp/node";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, onTestFinished, test } from "vitest";

const side = 128;
const labels = ["background", ...classNames];
const measured = ["relevance-mass", "pointing-one", "patch-masking", "patch-masking-second"];

/** Softmax over the classes at each pixel, and the class that wins there, from the file itself. */
async function readOutside(data: Float32Array) {
  const session = await InferenceSession.create(fileURLToPath(shippedSegmenter.file));
  const { logits } = await session.run({ image: new Tensor("float32", data, [1, 3, side, side]) });
  await session.release();
  const scores = logits?.data as Float32Array;
  return Array.from({ length: side * side }, (_, at) => {
    const own = labels.map((_, c) => scores[c * side * side + at] ?? Number.NaN);
    const sum = own.reduce((total, value) => total + Math.exp(value), 0);
    const winner = own.indexOf(Math.max(...own));
    return { winner, probability: Math.exp(own[winner] ?? Number.NaN) / sum };
  });
}

test("a segmenter is measured on the region where it finds the label's class", async () => {
  const folder = mkdtempSync(join(tmpdir(), "places-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await writeScenes(folder, { count: 2 });
  const { items } = await openDataSet(folder, { labels, classes: labels.length });
  expect(items).toHaveLength(4);
  const file = readModelFile(fileURLToPath(shippedSegmenter.file));
  const scorer = await openFileScorer(file);
  const explainer = await openExplainer(file, { method: "lrp" });
  const asked: Target[][] = [];
  const lrp: RunMethod = {
    name: "lrp",
    map: explainer.map,
    async explain(pictures, targets): Promise<readonly PictureExplanation[]> {
      asked.push(...targets.map((own) => [...own]));
      return explainer.explain(pictures, targets);
    },
  };
  const spec = { ...(await resolvePreprocess("unit")), mean: [0.5], std: [0.25] };
  const resources: RunResources = {
    image: scorer.image,
    scorer,
    methods: [lrp],
    metrics: measured.map((name) => metrics.get(name)).filter((metric) => metric !== undefined),
    fill: [0, 0, 0],
    prepare: (item) => prepareItem(item, spec, scorer.image),
    release: async () => {},
  };
  const evaluate = (item: PreparedItem) => evaluatePicture(resources, item, 0, (_, work) => work());

  let [mass, chance] = [0, 0];
  for (const item of items.slice(0, 3)) {
    const prepared = await resources.prepare(item);
    const { scores, values } = await evaluate(prepared);
    const pixels = await readOutside(prepared.data);
    const region = pixels.filter(({ winner }) => winner === item.label);
    const mean = region.reduce((sum, { probability }) => sum + probability, 0) / region.length;
    expect(scores.labelProbability).toBeCloseTo(mean, 5);
    expect(scores.label).toBe(item.label);
    // The classes that are found at the most places; the other object of the scene is one of them.
    expect([scores.predicted, scores.second]).toContain(item.label);
    expect(scores.predicted).not.toBe(0);

    const [target] = asked.at(-1) ?? [];
    if (target === undefined || typeof target === "number") throw new Error("no region was asked for");
    const marked = pixels.map(({ winner }, at) =>
      winner === item.label ? item.label * side * side + at : -1,
    );
    expect([...target.weights.entries()].filter(([, weight]) => weight !== 0).map(([i]) => i)).toEqual(
      marked.filter((i) => i >= 0),
    );
    expect(new Set(values.map(({ measure }) => measure))).toEqual(new Set(measured));
    const of = (method: string) =>
      values.find((row) => row.measure === "relevance-mass" && row.method === method)?.value ?? Number.NaN;
    mass += of("lrp");
    chance += of("chance");
  }
  expect(mass).toBeGreaterThan(2 * chance);

  const [first] = items;
  if (first === undefined) throw new Error("no item");
  const absent = labels.findIndex((_, c) => c > 0 && items.every(({ label }) => label !== c));
  const elsewhere = await resources.prepare({ ...first, label: absent });
  await expect(evaluate(elsewhere)).rejects.toThrow(`The class ${absent} is found nowhere in this picture.`);
  await scorer.release();
  await explainer.release();
});
