/**
 * How well a method finds the target in two-object scenes, whose every pixel is known to belong to one object, the other,
 * or neither.
 *
 * - pointing: share of maps whose highest pixel lies on the target's mask
 * - mass: share of the positive relevance that lies on the target's mask, mean over maps
 * - rival: share of the positive relevance that lies on the other object's mask, mean over maps
 * - chance: mean share of the picture that the target's mask covers; a map without any sense scores this
 */

import { fileURLToPath } from "node:url";
import { type ExplanationOptions, type Heatmap, heatmapOf, type MethodName } from "@onnx-lrp/core";
import { datasetScene, networkInput, type Scene, type ShippedClassifier } from "@onnx-lrp/models";
import { openExplainer, readModelFile } from "@onnx-lrp/node";
import { parsePreprocess, pixelBounds } from "@onnx-lrp/pictures";

export interface SceneMeasures {
  readonly pointing: number;
  readonly mass: number;
  readonly rival: number;
  readonly chance: number;
  /** Maps measured: two for each scene, one for each of its objects. */
  readonly maps: number;
  /** Maps without a positive pixel, which are left out of pointing, mass and rival. */
  readonly empty: number;
}

/** Those of the network where nothing is given. */
type Rules = Pick<ExplanationOptions, "composite" | "parameters">;

/** Fixed scenes that no network was trained on: each has two objects of different classes. */
export function twoObjectScenes(count: number): Scene[] {
  return Array.from({ length: count }, (_, index) => datasetScene({ seed: 900, objects: 2 }, index));
}

/** Measures a method on both objects of every scene. */
export async function measureScenes(
  network: ShippedClassifier,
  scenes: readonly Scene[],
  method: MethodName,
  rules: Rules = {},
): Promise<SceneMeasures> {
  const maps = await heatmapsOf(network, scenes, method, rules);
  return summarize(
    scenes.flatMap(({ objects: [first, second] }, n) => [
      measureMap(maps[2 * n]?.values ?? new Float32Array(), first?.mask, second?.mask),
      measureMap(maps[2 * n + 1]?.values ?? new Float32Array(), second?.mask, first?.mask),
    ]),
  );
}

/** The positive part of a method's heatmap for both objects of every scene, the first object's before the second's. */
export async function heatmapsOf(
  network: ShippedClassifier,
  scenes: readonly Scene[],
  method: MethodName,
  rules: Rules = {},
): Promise<Heatmap[]> {
  const file = readModelFile(fileURLToPath(network.file));
  const spec = parsePreprocess(file.model.metadata["onnx-lrp.preprocess"] ?? "", network.name);
  const explainer = await openExplainer(file, {
    ...{ method, ...rules, pixels: pixelBounds(spec, 3), batchSize: 8 },
  });
  try {
    const pictures = scenes.map((scene) => networkInput([scene], network.layout));
    const targets = scenes.map(({ objects }) => objects.map(({ classIndex }) => classIndex));
    const results = await explainer.explain(pictures, targets);
    const { map } = explainer;
    return results.flatMap(({ explanations }) =>
      explanations.map(({ relevance }) => heatmapOf(relevance, map, "pixel")),
    );
  } finally {
    await explainer.release();
  }
}

interface MapMeasures {
  readonly area: number;
  /** undefined where no pixel is positive. */
  readonly found: { readonly hit: number; readonly mass: number; readonly rival: number } | undefined;
}

/** @param values not negative, one a pixel */
export function measureMap(
  values: Float32Array,
  target: Uint8Array = new Uint8Array(),
  other: Uint8Array = new Uint8Array(),
): MapMeasures {
  let [sum, inside, onOther, area, best] = [0, 0, 0, 0, 0];
  for (const [pixel, value] of values.entries()) {
    const hit = target[pixel] === 1;
    sum += value;
    if (hit) [inside, area] = [inside + value, area + 1];
    if (other[pixel] === 1) onOther += value;
    if (value > (values[best] ?? 0)) best = pixel;
  }
  const share = area / values.length;
  if (sum === 0) return { area: share, found: undefined };
  return {
    area: share,
    found: { hit: target[best] === 1 ? 1 : 0, mass: inside / sum, rival: onOther / sum },
  };
}

function summarize(maps: readonly MapMeasures[]): SceneMeasures {
  const found = maps.map((map) => map.found).filter((measures) => measures !== undefined);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    pointing: mean(found.map(({ hit }) => hit)),
    mass: mean(found.map(({ mass }) => mass)),
    rival: mean(found.map(({ rival }) => rival)),
    chance: mean(maps.map(({ area }) => area)),
    maps: maps.length,
    empty: maps.length - found.length,
  };
}
