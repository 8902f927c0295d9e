// packages/evaluation/src/metrics/upper-half.ts

import { metricGroups } from "../../packages/evaluation/src/metrics/groups.ts";
import type { Metric } from "../../packages/evaluation/src/types.ts";

const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);

export const upperHalf: Metric = {
  name: "upper-half",
  title: "Relevance in the upper half",
  group: metricGroups.localization,
  summary: "Share of the positive relevance in the upper half of the picture",
  source: "this project",
  target: "label",
  needsRegion: false,
  better: "higher",
  parameter: undefined,
  value: "share",
  async evaluate({ heatmap: { width, height, values } }) {
    const positive = values.map((value) => Math.max(value, 0));
    const all = sum(positive);
    const upper = sum(positive.subarray(0, width * Math.floor(height / 2)));
    return all === 0 ? [] : [{ parameter: 0, value: upper / all }];
  },
};
