/** What is written about a comparison. */

import { fileName } from "../file-name.ts";
import type { KnownNetwork } from "../node/calls.ts";
import { sourceMark } from "../source-mark.ts";

/** @param pictures of more than three only their number is said */
export function comparisonTitle(models: readonly string[], pictures: readonly string[]): string {
  const shown = pictures.length > 3 ? [`${pictures.length} pictures`] : pictures.map(fileName);
  return [shown, models.map(fileName)]
    .filter((names) => names.length > 0)
    .map((names) => names.join(", "))
    .join(" · ");
}

interface Settings {
  readonly against?: string | number | undefined;
  /** In words. */
  readonly baseline: string;
  readonly samples?: number | undefined;
  readonly seed: number;
}

export function comparisonCaption(
  { against, baseline, samples, seed }: Settings,
  networks: readonly { readonly name: string; readonly network: KnownNetwork }[],
): string {
  const rival = against === "top" ? "the most probable class" : against;
  return [
    ...(rival === undefined ? [] : [`Every map explains the class's score minus that of ${rival}.`]),
    `Baseline: ${baseline}.`,
    ...(samples === undefined ? [] : [`${samples} samples.`]),
    `Seed ${seed}.`,
    ...networks.map(
      ({ name, network: { spec, specSource } }) =>
        `${name}: preprocessing ${spec.name}, ${sourceMark(specSource)}.`,
    ),
  ].join(" ");
}
