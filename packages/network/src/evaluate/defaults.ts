/** What is measured if nobody says. */
import type { MetricName } from "@onnx-lrp/evaluation/names";
import { comparedMethods, type MethodChoice } from "../method-choice.ts";

/** With a map of random numbers for comparison. */
export const evaluatedMethods: readonly MethodChoice[] = [...comparedMethods, "random"];

export const evaluatedMetrics: readonly MetricName[] = [
  "patch-masking",
  "patch-masking-second",
  "pointing-game",
  "deletion",
  "insertion",
];

/** Of the sanity check. */
export const randomizationCounts = { pictures: 10, steps: 12 } as const;
