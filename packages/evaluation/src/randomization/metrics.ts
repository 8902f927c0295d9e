/** The metrics of the sanity check, which the cascade evaluates itself (run.ts). */
import { metricGroups } from "../metrics/groups.ts";
import type { MetricInfo } from "../types.ts";

const source = "Adebayo et al. 2018, section 3";
const shared = {
  group: metricGroups.randomization,
  source,
  target: "label",
  better: "lower",
  parameter: "re-initialized layers, from the logits down",
} as const;

/** How similar the maps of the randomized and the trained network are. */
export const randomizationMetrics: readonly MetricInfo[] = [
  {
    ...shared,
    name: "randomization",
    title: "Cascading randomization, order of absolute values",
    summary: "Rank correlation of the absolute maps when layers are re-initialized",
    value: "rank correlation of absolute values",
  },
  {
    ...shared,
    name: "randomization-signed",
    title: "Cascading randomization, order of values",
    summary: "Rank correlation of the maps when layers are re-initialized",
    value: "rank correlation",
  },
  {
    ...shared,
    name: "randomization-ssim",
    title: "Cascading randomization, structure",
    summary: "Structural similarity of the absolute maps when layers are re-initialized",
    value: "structural similarity",
  },
];
