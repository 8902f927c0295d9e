/** The metrics by the names that users type. */
import { UserError } from "@onnx-lrp/onnx-loader";
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

const all: readonly Metric[] = [
  patchMasking,
  patchMaskingSecond,
  pointingGame,
  pointingGameSum,
  pointingOne,
  deletion,
  insertion,
  relevanceMass,
  relevanceRank,
  infidelity,
  maxSensitivity,
  sparseness,
];

/** In the order of lists. */
export const metrics: ReadonlyMap<string, Metric> = new Map(all.map((metric) => [metric.name, metric]));

/** @throws UserError `usage` for a name that is none */
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
