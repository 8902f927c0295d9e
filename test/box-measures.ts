/** How much of the positive relevance of a box lies on the object that it was rightly found for, on held-out scenes. */

import { fileURLToPath } from "node:url";
import { createExplainer, type ExplainerOptions, heatmapOf } from "@onnx-lrp/core";
import { foundBoxes, leastProbability } from "@onnx-lrp/core/internal";
import {
  heldOutScene,
  networkInput,
  type Scene,
  type SceneObject,
  type ShippedNetwork,
} from "@onnx-lrp/models";
import { readModelFile } from "@onnx-lrp/node";
import * as ort from "onnxruntime-node";

export interface BoxMeasure {
  readonly scene: number;
  readonly className: string;
  readonly score: number;
  /** Of the positive relevance, inside the object's mask. */
  readonly inMask: number;
  /** Whether the pixel with the most relevance is the object's. */
  readonly points: boolean;
  /** The object's share of the picture. */
  readonly chance: number;
}

/** All right detections: of the object's class, with an overlap of at least a half. */
export async function measureBoxes(
  { file }: Pick<ShippedNetwork, "file">,
  scenes: readonly number[],
  options: ExplainerOptions,
): Promise<BoxMeasure[]> {
  const model = readModelFile(fileURLToPath(file)).model;
  const explainer = await createExplainer(ort, model, {
    pixels: { low: [-2], high: [2] },
    ...options,
  });
  const measures: BoxMeasure[] = [];
  try {
    for (const index of scenes) {
      const scene = heldOutScene(index);
      const picture = networkInput([scene], "NCHW");
      const [scores] = await explainer.score([picture]);
      if (scores === undefined) continue;
      const { head, image } = explainer;
      const found = foundBoxes({ port: head, image, scores }).filter(
        ({ probability }) => probability >= leastProbability,
      );
      for (const object of scene.objects) {
        const box = found.find((one) => one.class === object.classIndex && overlap(one, object) >= 0.5);
        if (box === undefined) continue;
        const weights = new Float32Array(scores.logits.length);
        weights[(box.class * scores.logits.length) / head.classes + box.place] = 1;
        const [result] = await explainer.explain([picture], [[{ weights }]]);
        const [explanation] = result?.explanations ?? [];
        if (explanation === undefined) continue;
        const { values } = heatmapOf(explanation.relevance, explainer.map);
        measures.push({
          ...{ scene: index, className: object.className, score: box.probability },
          ...measureMap(values, scene, object),
        });
      }
    }
  } finally {
    await explainer.release();
  }
  return measures;
}

function measureMap(
  values: Float32Array,
  { width, height }: Scene,
  { mask }: SceneObject,
): Pick<BoxMeasure, "inMask" | "points" | "chance"> {
  let [inside, all, most, pixels] = [0, 0, 0, 0];
  for (const [i, value] of values.entries()) {
    const positive = Math.max(value, 0);
    all += positive;
    if (mask[i] === 1) {
      inside += positive;
      pixels += 1;
    }
    if (value > (values[most] ?? 0)) most = i;
  }
  return { inMask: inside / all, points: mask[most] === 1, chance: pixels / (width * height) };
}

function overlap(
  a: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
  { box: [left, top, right, bottom] }: SceneObject,
): number {
  const width = Math.max(0, Math.min(a.right, right) - Math.max(a.left, left));
  const height = Math.max(0, Math.min(a.bottom, bottom) - Math.max(a.top, top));
  const both = width * height;
  return both / ((a.right - a.left) * (a.bottom - a.top) + (right - left) * (bottom - top) - both);
}

/** The share of detections with at least that much of the positive relevance in the mask. */
export function shareAbove(measures: readonly BoxMeasure[], least: number): number {
  return measures.filter(({ inMask }) => inMask >= least).length / measures.length;
}
