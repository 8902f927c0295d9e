/** The metrics of the sanity check, which the cascade evaluates itself (run.ts). */
import type { MetricInfo } from "../types.ts";

const source = "Adebayo et al. 2018, section 3";
const shared = {
  source,
  target: "label",
  better: "lower",
  parameter: "layers drawn anew, from the logits down",
} as const;

/** What is told of a map under the randomized network and the one under the trained network. */
export const randomizationMetrics: readonly MetricInfo[] = [
  {
    ...shared,
    name: "randomization",
    summary: "How far the order of the absolute relevances survives when layers are drawn anew",
    value: "rank correlation of absolute values",
  },
  {
    ...shared,
    name: "randomization-signed",
    summary: "The same with signs",
    value: "rank correlation",
  },
  {
    ...shared,
    name: "randomization-ssim",
    summary: "Structural similarity of the absolute maps when layers are drawn anew",
    value: "structural similarity",
  },
];
