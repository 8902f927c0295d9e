/**
 * The pointing game: Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV 2016, the
 * pointing game.
 *
 *     1 if the pixel argmax R lies within 15 pixels (Euclidean) of the region, else 0; the mean over pictures is hits / (hits + misses)
 *
 * Higher is better. The 15 pixels are those of the network's input. Where the paper is silent: pixels that share the maximum
 * count in equal parts, the expected score of choosing one of them at random; so a constant map scores
 * chance, and a picture's value lies between 0 and 1. Chance is the share of the picture within 15 pixels of the region.
 */

import type { Metric } from "../types.ts";
import { dilate } from "./dilate.ts";
import { metricGroups } from "./groups.ts";
import { regionOf } from "./region.ts";

const tolerance = 15;

export const pointingOne: Metric = {
  name: "pointing-one",
  group: metricGroups.localization,
  summary: "Whether the strongest pixel lies on the object, with a tolerance of 15 pixels",
  source: "Zhang et al. 2016, pointing game",
  target: "label",
  needsRegion: true,
  better: "higher",
  parameter: undefined,
  value: "accuracy",
  async evaluate(context) {
    const region = regionOf(context);
    if (region === undefined) return [];
    const { values } = context.heatmap;
    const near = dilate(region.inside, context.image, tolerance);
    const maximum = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let [hits, ties] = [0, 0];
    for (const [pixel, value] of values.entries()) {
      if (value !== maximum) continue;
      ties += 1;
      if (near[pixel] !== 0) hits += 1;
    }
    return [{ parameter: 0, value: hits / ties }];
  },
  chance({ item, image }) {
    const region = regionOf({ item });
    if (region === undefined) return [];
    const near = dilate(region.inside, image, tolerance);
    return [{ parameter: 0, value: near.reduce((sum, one) => sum + one, 0) / near.length }];
  },
};
