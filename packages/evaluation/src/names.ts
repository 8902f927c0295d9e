/** The names that users type, separate from the code behind them, so that a command line can list them without loading it. */

export const metricNames = [
  "patch-masking",
  "patch-masking-second",
  "pointing-game",
  "pointing-game-sum",
  "pointing-one",
  "deletion",
  "insertion",
  "relevance-mass",
  "relevance-rank",
  "infidelity",
  "max-sensitivity",
  "sparseness",
] as const;

/** The name of a metric. */
export type MetricName = (typeof metricNames)[number];

/** The sanity check, which is asked for like a metric and gives several (randomization/metrics.ts). */
export const randomizationName = "randomization";

/** What a data set can be; each has its file in data/, with the particulars at its head. */
export const dataSetKinds = ["folders", "coco", "csv", "json", "scenes"] as const;

/** What a data set is: the form of its folder or list. */
export type DataSetKind = (typeof dataSetKinds)[number];
