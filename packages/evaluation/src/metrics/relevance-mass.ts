/**
 * Relevance mass accuracy: Arras, Osman, Samek, "CLEVR-XAI: A benchmark dataset for the ground truth evaluation of neural
 * network explanations", Information Fusion 81, 2022.
 *
 *     sum of R+ inside the region / sum of R+ over the picture
 *
 * Units: a share from 0 to 1; higher is better. The paper pools channels in several ways; here R+ is the positive part of the
 * sum over channels. A picture without a positive pixel, or without any of the region, gives no reading. A constant map
 * scores the share of the area that the region covers, which is chance.
 */

import type { Metric } from "../types.ts";
import { metricGroups } from "./groups.ts";
import { areaShare, regionOf } from "./region.ts";

export const relevanceMass: Metric = {
  name: "relevance-mass",
  group: metricGroups.localization,
  summary: "Share of the positive relevance that lies on the object",
  source: "Arras et al. 2022, relevance mass accuracy",
  target: "label",
  needsRegion: true,
  better: "higher",
  parameter: undefined,
  value: "share of the relevance",
  async evaluate(context) {
    const region = regionOf(context);
    if (region === undefined) return [];
    let [within, whole] = [0, 0];
    for (const [pixel, value] of context.heatmap.values.entries()) {
      if (value <= 0) continue;
      whole += value;
      if (region.inside[pixel] !== 0) within += value;
    }
    return whole > 0 ? [{ parameter: 0, value: within / whole }] : [];
  },
  chance(context) {
    const region = regionOf(context);
    return region === undefined ? [] : [{ parameter: 0, value: areaShare(region) }];
  },
};
