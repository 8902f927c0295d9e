/**
 * Sparseness: Chalasani et al., "Concise Explanations of Neural Networks using Adversarial Training", ICML 2020
 * (Gini index as in Hurley and Rickard 2009).
 *
 *     G = sum_k (2k - n - 1) v_k / (n sum_k v_k)        v = |R| in ascending order, k = 1 ... n
 *
 * From 0, for a constant map, to 1 - 1/n, if one pixel has all of it. No units; more is sparser, which the paper counts as better.
 * R is the sum over channels. An empty map gives no reading.
 */

import type { Metric } from "../types.ts";
import { metricGroups } from "./groups.ts";

/** The Gini index of the absolute values; undefined where all are zero. */
function gini(values: Float32Array): number | undefined {
  const sorted = Float64Array.from(values, Math.abs).sort();
  const n = sorted.length;
  let [sum, weighted] = [0, 0];
  for (const [i, value] of sorted.entries()) {
    sum += value;
    weighted += (2 * (i + 1) - n - 1) * value;
  }
  return sum > 0 ? weighted / (n * sum) : undefined;
}

export const sparseness: Metric = {
  name: "sparseness",
  group: metricGroups.other,
  summary: "How few pixels hold the map's relevance (Gini index)",
  source: "Chalasani et al. 2020, Gini index",
  target: "label",
  needsRegion: false,
  better: "higher",
  parameter: undefined,
  value: "Gini index",
  async evaluate({ heatmap }) {
    const value = gini(heatmap.values);
    return value === undefined ? [] : [{ parameter: 0, value }];
  },
};
