/**
 * Deletion and insertion (pixel flipping): Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box
 * Models", BMVC 2018, their causal metrics; pixel flipping goes back to Bach et al. 2015.
 *
 * Pixels are taken from the map's largest value to its smallest. Deletion hides the first s % of them; insertion shows them
 * in a blurred picture. Readings are p_t at s = 0, 2, ..., 100 %; the headline is the area under the curve by trapezes, over
 * s from 0 to 1. Units: probability, from 0 to 1. Deletion: lower is better; insertion: higher.
 *
 * Hidden pixels have the data set's mean colour, which is the authors' zero in normalized space. The blurred picture is their code's:
 * a Gaussian of 5 pixels cut off 5 pixels from its middle, for pictures of 224 pixels; here in proportion to the
 * shorter side (of signals and volumes to each side), and cut off at the border of the picture rather than mixed with black. The class is the label, not the
 * network's first choice. Where the paper is silent: the map keeps its sign; ties are in a random order, drawn once
 * per picture and the same for every method.
 */

import { type InputPort, inputKind } from "@onnx-lrp/core";
import { areaUnderCurve } from "../statistics/area.ts";
import type { Metric, MetricContext, Reading } from "../types.ts";
import { blurred } from "./blur.ts";
import { metricGroups } from "./groups.ts";
import { copyPixel, paint, scoresOf } from "./picture.ts";
import { pixelOrder } from "./pixel-order.ts";
import { randomFor } from "./random.ts";

const steps = 50;
const percents = Array.from({ length: steps + 1 }, (_, step) => (100 * step) / steps);

/** The pictures after each step, from `start` (excluded) until all pixels are changed. */
function* changing(
  start: Float32Array,
  order: Uint32Array,
  change: (picture: Float32Array, pixel: number) => void,
): Generator<Float32Array> {
  const picture = start.slice();
  let done = 0;
  for (let step = 1; step <= steps; step += 1) {
    const until = Math.round((order.length * step) / steps);
    for (const pixel of order.subarray(done, until)) change(picture, pixel);
    done = until;
    yield picture.slice();
  }
}

function orderOf(context: MetricContext): Uint32Array {
  return pixelOrder(context.heatmap.values, randomFor(context, "pixel order"));
}

function readings(values: readonly number[]): Reading[] {
  return percents.map((parameter, i) => ({ parameter, value: values[i] ?? Number.NaN }));
}

const shared = {
  group: metricGroups.deletion,
  target: "label",
  needsRegion: false,
  value: "probability",
  headline: areaUnderCurve,
} as const;

/** In proportion to a picture's shorter side; of what has other axes than a picture, to each side. */
function blurOf(image: InputPort) {
  const { depth, height, width } = image;
  const isPicture = inputKind(image) === "picture";
  const radius = (side: number) => (5 / 224) * (isPicture ? Math.min(height, width) : side);
  const reach = (side: number) => Math.max(1, Math.round(radius(side)));
  return {
    sigma: { depth: radius(depth), height: radius(height), width: radius(width) },
    reach: { depth: reach(depth), height: reach(height), width: reach(width) },
  };
}

export const deletion: Metric = {
  ...shared,
  name: "deletion",
  title: "Deletion",
  summary: "The label's probability as the strongest pixels are hidden first (area under the curve)",
  source: "Petsiuk et al. 2018, causal metrics",
  better: "lower",
  parameter: "pixels hidden (%)",
  async evaluate(context) {
    const { image, item, scorer, target, fill, scores } = context;
    const pictures = changing(item.data, orderOf(context), (picture, pixel) =>
      paint(picture, image, pixel, fill),
    );
    const after = await scoresOf(scorer, pictures, target, "probabilities");
    return readings([scores.probabilities[target] ?? Number.NaN, ...after]);
  },
};

export const insertion: Metric = {
  ...shared,
  name: "insertion",
  title: "Insertion",
  summary:
    "The label's probability as a blurred picture is restored from the strongest pixels on (area under the curve)",
  source: "Petsiuk et al. 2018, causal metrics",
  better: "higher",
  parameter: "pixels shown (%)",
  async evaluate(context) {
    const { image, item, scorer, target } = context;
    const { sigma, reach } = blurOf(image);
    const start = blurred(item.data, image, sigma, reach);
    const changed = changing(start, orderOf(context), (picture, pixel) =>
      copyPixel(picture, image, pixel, item.data),
    );
    return readings(await scoresOf(scorer, prepended(start, changed), target, "probabilities"));
  },
};

function* prepended<T>(first: T, rest: Iterable<T>): Generator<T> {
  yield first;
  yield* rest;
}
