/** The metrics by the names that users type. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { type MetricName, metricNames } from "../names.ts";
import type { Metric } from "../types.ts";
import { deletion, insertion } from "./deletion.ts";
import { infidelity } from "./infidelity.ts";
import { maxSensitivity } from "./max-sensitivity.ts";
import { patchMasking, patchMaskingSecond } from "./patch-masking.ts";
import { pointingGame, pointingGameSum } from "./pointing-game.ts";
import { pointingOne } from "./pointing-one.ts";
import { relevanceMass } from "./relevance-mass.ts";
import { relevanceRank } from "./relevance-rank.ts";
import { sparseness } from "./sparseness.ts";

const byName: Readonly<Record<MetricName, Metric>> = {
  "patch-masking": patchMasking,
  "patch-masking-second": patchMaskingSecond,
  "pointing-game": pointingGame,
  "pointing-game-sum": pointingGameSum,
  "pointing-one": pointingOne,
  deletion,
  insertion,
  "relevance-mass": relevanceMass,
  "relevance-rank": relevanceRank,
  infidelity,
  "max-sensitivity": maxSensitivity,
  sparseness,
};

/** In the order of lists. */
export const metrics: ReadonlyMap<string, Metric> = new Map(metricNames.map((name) => [name, byName[name]]));

/** @throws UserError `usage` for an unknown name */
export function metricByName(name: string): Metric {
  const metric = metrics.get(name);
  if (metric === undefined) {
    throw new UserError(
      "usage",
      `There is no metric "${name}". There are: ${[...metrics.keys()].join(", ")}.`,
    );
  }
  return metric;
}
