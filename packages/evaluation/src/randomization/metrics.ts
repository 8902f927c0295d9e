/** The metrics of the sanity check, which the cascade evaluates itself (run.ts). */
import { metricGroups } from "../metrics/groups.ts";
import type { MetricInfo } from "../types.ts";

const source = "Adebayo et al. 2018, section 3";
const shared = {
  group: metricGroups.randomization,
  source,
  target: "label",
  better: "lower",
  parameter: "layers drawn anew, from the logits down",
} as const;

/** What is reported of a map under the randomized network and the one under the trained network. */
export const randomizationMetrics: readonly MetricInfo[] = [
  {
    ...shared,
    name: "randomization",
    title: "Cascading randomization, order of absolute values",
    summary: "How far the order of the absolute relevances survives when layers are drawn anew",
    value: "rank correlation of absolute values",
  },
  {
    ...shared,
    name: "randomization-signed",
    title: "Cascading randomization, order of values",
    summary: "The same with signs",
    value: "rank correlation",
  },
  {
    ...shared,
    name: "randomization-ssim",
    title: "Cascading randomization, structure",
    summary: "Structural similarity of the absolute maps when layers are drawn anew",
    value: "structural similarity",
  },
];
