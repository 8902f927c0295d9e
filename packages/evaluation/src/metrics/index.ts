/** The measures by the names that users type. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { Measure } from "../types.ts";
import { deletion, insertion } from "./deletion.ts";
import { infidelity } from "./infidelity.ts";
import { maxSensitivity } from "./max-sensitivity.ts";
import { patchMasking, patchMaskingSecond } from "./patch-masking.ts";
import { pointingGame, pointingGameSum } from "./pointing-game.ts";
import { pointingOne } from "./pointing-one.ts";
import { relevanceMass } from "./relevance-mass.ts";
import { relevanceRank } from "./relevance-rank.ts";
import { sparseness } from "./sparseness.ts";

const all: readonly Measure[] = [
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
export const measures: ReadonlyMap<string, Measure> = new Map(all.map((measure) => [measure.name, measure]));

/** @throws UserError `usage` for a name that is none */
export function measureByName(name: string): Measure {
  const measure = measures.get(name);
  if (measure === undefined) {
    throw new UserError(
      "usage",
      `There is no measure "${name}". There are: ${[...measures.keys()].join(", ")}.`,
    );
  }
  return measure;
}
