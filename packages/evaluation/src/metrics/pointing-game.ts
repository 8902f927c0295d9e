/**
 * Extended pointing game: Iwana, Kuroki, Uchida, "Explaining CNNs using Softmax Gradient LRP", ICCVW 2019, section 5.3.3 and
 * Fig. 13.
 *
 *     accuracy(E) = hits / (hits + misses)   over the pixels with R >= tau(E);        E = 1 ... 100 %
 *
 * A hit lies inside the region of the class. tau is the largest threshold that keeps at least the fraction E of the pixels
 * with R > 0 (`pointing-game`; the paper's), or at least the fraction E of the sum of their relevance (`pointing-game-sum`;
 * so Gu et al. 2018 speak of energy). Units: a share from 0 to 1; higher is better; a reading's `weight` is hits + misses, so
 * that the pooled accuracy over pictures is sum(value * weight) / sum(weight).
 *
 * Where the paper is silent: several boxes of the class are a union; all pixels equal to tau count, so that a constant map scores
 * the share of the area that the region covers; a picture without a positive pixel, or without any of the region, gives
 * no reading. Chance is that share of the area, and not the paper's near-zero line.
 */

import { areaUnderCurve } from "../statistics/area.ts";
import type { Metric, MetricContext, Reading } from "../types.ts";
import { metricGroups } from "./groups.ts";
import { areaShare, regionOf } from "./region.ts";

const energies = Array.from({ length: 100 }, (_, i) => i + 1);

/** Positive pixels, the strongest first, with running sums: entry k is over the first k + 1 of them. */
interface Ranking {
  readonly values: Float64Array;
  readonly hits: Uint32Array;
  readonly sums: Float64Array;
}

function rank(values: Float32Array, inside: Uint8Array): Ranking {
  const pixels: number[] = [];
  for (const [pixel, value] of values.entries()) if (value > 0) pixels.push(pixel);
  const order = Uint32Array.from(pixels).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  const hits = new Uint32Array(order.length);
  const sums = new Float64Array(order.length);
  let [hit, sum] = [0, 0];
  for (const [k, pixel] of order.entries()) {
    if (inside[pixel] !== 0) hit += 1;
    sum += values[pixel] ?? 0;
    hits[k] = hit;
    sums[k] = sum;
  }
  return { values: Float64Array.from(order, (pixel) => values[pixel] ?? 0), hits, sums };
}

/** The minimum number of pixels to keep for an energy. */
type Least = (ranking: Ranking, energy: number) => number;

const byCount: Least = ({ values }, energy) => Math.ceil((energy * values.length) / 100);

const bySum: Least = ({ sums }, energy) => {
  // Rounding may lose the weakest pixels, which 100 % includes.
  if (energy === 100) return sums.length;
  const wanted = (energy / 100) * (sums.at(-1) ?? 0);
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low + 1;
};

async function play(context: MetricContext, least: Least): Promise<Reading[]> {
  const region = regionOf(context);
  if (region === undefined) return [];
  const ranking = rank(context.heatmap.values, region.inside);
  const { values, hits } = ranking;
  if (values.length === 0) return [];
  return energies.map((energy) => {
    let kept = least(ranking, energy);
    while (kept < values.length && values[kept] === values[kept - 1]) kept += 1;
    return { parameter: energy, value: (hits[kept - 1] ?? 0) / kept, weight: kept };
  });
}

function chance(context: Pick<MetricContext, "item">): Reading[] {
  const region = regionOf(context);
  if (region === undefined) return [];
  return energies.map((parameter) => ({ parameter, value: areaShare(region) }));
}

const shared = {
  group: metricGroups.localization,
  target: "label",
  needsRegion: true,
  better: "higher",
  parameter: "energy (%)",
  value: "accuracy",
  chance,
  headline: areaUnderCurve,
} as const;

export const pointingGame: Metric = {
  ...shared,
  name: "pointing-game",
  title: "Extended pointing game (the paper's Fig. 13)",
  summary: "Share of the strongest E % of the positive pixels that lie on the object",
  source: "Iwana et al. 2019, section 5.3.3 and Fig. 13",
  evaluate: (context) => play(context, byCount),
};

export const pointingGameSum: Metric = {
  ...shared,
  name: "pointing-game-sum",
  title: "Extended pointing game, energy by sum of relevance",
  summary: "The same with E % of the relevance instead of E % of the pixels",
  source: "Iwana et al. 2019, section 5.3.3; energy as in Gu et al. 2018",
  evaluate: (context) => play(context, bySum),
};
