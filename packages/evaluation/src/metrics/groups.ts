/** Metrics that belong in one table of a report, in the order of the tables. */
import type { MetricGroup } from "../types.ts";

export const metricGroups = {
  patchMasking: {
    title: "Maximal patch masking",
    note: "Change of a class's probability when the patch around its map's strongest pixel is hidden; mean over the patch sizes.",
  },
  localization: {
    title: "Localization",
    note: "How much of the relevance lies on the object.",
  },
  deletion: {
    title: "Deletion and insertion",
    note: "Area under the curve of the label's probability, as pixels are hidden or shown in the map's order.",
  },
  other: {
    title: "Infidelity, sensitivity, sparseness",
  },
  randomization: {
    title: "Cascading randomization",
    note: "Similarity of the map to itself when the network's layers are re-initialized, one more at each step from the logits down; mean over the steps. A map that does not change does not explain the network.",
  },
} as const satisfies Record<string, MetricGroup>;
