/**
 * Infidelity, by square removal: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", NeurIPS 2019,
 * Definition 2.1.
 *
 *     INFD = mean over squares I of (beta s(I) - d(I))^2
 *
 *     s(I) = sum of R over the square            what the map says the square contributes
 *     d(I) = z_t(x) - z_t(x without the square)  what it does contribute, in logits
 *     beta = mean(d s) / mean(s^2)               the best common scale, as the authors' code and captum's `normalize` have it
 *
 * Units: squared logits; lower is better. An empty map says that nothing contributes: mean d^2. beta may be negative there and
 * here, so that a map and its negative score the same.
 *
 * The authors remove every square of 1 to 10 pixels from pictures of 28 pixels; here 50 are drawn, sides evenly from
 * 1/28 to 10/28 of the shorter side, places evenly among those where the whole square fits; removed means set to the data set's
 * mean colour. R already contains the input, as the authors' maps times input do. The squares are the same for every method; of signals they
 * are stretches, of volumes cubes.
 */
import type { InputPort } from "@onnx-lrp/core";
import { type PlaceAxis, placeAxes, type Random } from "@onnx-lrp/core/internal";
import type { Metric } from "../types.ts";
import { metricGroups } from "./groups.ts";
import { type Patch, placesOfPatch, scoresOf, shortestSide, withPatch } from "./picture.ts";
import { randomFor } from "./random.ts";

const draws = 50;

function drawSquare(image: InputPort, random: Random): Patch {
  const side = Math.max(1, Math.round((shortestSide(image) * (1 + random.below(10))) / 28));
  const axes = placeAxes(image);
  // The columns first, as ever: what is drawn stays the same.
  const along = (axis: PlaceAxis) => {
    const start = axes.includes(axis) ? random.below(image[axis] - side + 1) : 0;
    return [start, axes.includes(axis) ? start + side : 1] as const;
  };
  const [left, right] = along("width");
  const [top, bottom] = along("height");
  const [front, back] = along("depth");
  return { front, top, left, back, bottom, right };
}

function sumOver(values: Float32Array, patch: Patch, image: InputPort): number {
  let sum = 0;
  for (const pixel of placesOfPatch(patch, image)) sum += values[pixel] ?? 0;
  return sum;
}

/** @param said predicted by the map, @param done measured at the network; both one number per perturbation */
export function scaledError(said: readonly number[], done: readonly number[]): number {
  let [mixed, square] = [0, 0];
  for (const [i, s] of said.entries()) {
    mixed += s * (done[i] ?? 0);
    square += s * s;
  }
  const beta = square > 0 ? mixed / square : 0;
  return done.reduce((sum, d, i) => sum + (beta * (said[i] ?? 0) - d) ** 2, 0) / done.length;
}

export const infidelity: Metric = {
  name: "infidelity",
  group: metricGroups.other,
  summary: "How far the map is from what hiding squares does to the label's logit",
  source: "Yeh et al. 2019, Definition 2.1, square removal",
  target: "label",
  needsRegion: false,
  better: "lower",
  parameter: undefined,
  value: "squared logits",
  async evaluate(context) {
    const { image, item, heatmap, scorer, fill, target, scores } = context;
    const random = randomFor(context, "infidelity");
    const squares = Array.from({ length: draws }, () => drawSquare(image, random));
    const pictures = function* () {
      for (const square of squares) yield withPatch(item.data, image, square, fill);
    };
    const after = await scoresOf(scorer, pictures(), target, "logits");
    const before = scores.logits[target] ?? Number.NaN;
    const said = squares.map((square) => sumOver(heatmap.values, square, image));
    const done = after.map((logit) => before - logit);
    return [{ parameter: 0, value: scaledError(said, done) }];
  },
};
