/**
 * Relevance rank accuracy: Arras, Osman, Samek, "CLEVR-XAI: A benchmark dataset for the ground truth evaluation of neural
 * network explanations", Information Fusion 81, 2022.
 *
 *     |the K pixels with the largest R, those inside the region| / K,        K = pixels of the region
 *
 * Units: a share from 0 to 1; higher is better. R is the signed sum over channels. Where the paper is silent: pixels that
 * share the value of the K-th count in equal parts, the expected score of a random choice among them; so a constant
 * map scores the share of the area that the region covers, which is chance. A picture without any of the region gives
 * no reading.
 */

import type { Metric } from "../types.ts";
import { metricGroups } from "./groups.ts";
import { areaShare, regionOf } from "./region.ts";

export const relevanceRank: Metric = {
  name: "relevance-rank",
  group: metricGroups.localization,
  summary: "Share of the strongest pixels, as many as the object has, that lie on the object",
  source: "Arras et al. 2022, relevance rank accuracy",
  target: "label",
  needsRegion: true,
  better: "higher",
  parameter: undefined,
  value: "share of the pixels",
  async evaluate(context) {
    const region = regionOf(context);
    if (region === undefined) return [];
    const { inside, area } = region;
    const { values } = context.heatmap;
    const threshold = values.toSorted()[values.length - area] ?? 0;
    let [above, hitsAbove, ties, hitsAmongTies] = [0, 0, 0, 0];
    for (const [pixel, value] of values.entries()) {
      const hit = inside[pixel] !== 0 ? 1 : 0;
      if (value > threshold) {
        above += 1;
        hitsAbove += hit;
      } else if (value === threshold) {
        ties += 1;
        hitsAmongTies += hit;
      }
    }
    const hits = hitsAbove + (area - above) * (hitsAmongTies / ties);
    return [{ parameter: 0, value: hits / area }];
  },
  chance(context) {
    const region = regionOf(context);
    return region === undefined ? [] : [{ parameter: 0, value: areaShare(region) }];
  },
};
