/** The results of a run, in sentences. */
import { controlMethodNames } from "@onnx-lrp/core/names";
import type { Summary } from "@onnx-lrp/evaluation";
import type { ProgramWords } from "../program-words.ts";

/** In a sentence. */
const mostNamed = 6;

/** The ranking of the methods, one sentence per metric. */
export function findingsOf({ measures: metrics }: Summary): string[] {
  return metrics.flatMap((metric) => {
    const withoutControls = metric.methods.filter(
      ({ method, headline }) => !controlMethodNames.has(method) && headline,
    );
    const sign = metric.better === "higher" ? 1 : -1;
    const sorted = withoutControls.toSorted(
      (a, b) => sign * ((b.headline?.value ?? 0) - (a.headline?.value ?? 0)),
    );
    if (sorted.length < 2) return [];
    const named = sorted.slice(0, mostNamed).map(({ method, headline }) => {
      const value = String(Number((headline?.value ?? 0).toPrecision(3)));
      return `${method} ${value.replace("-", "\u2212")}`;
    });
    const order = [
      ...named,
      ...(sorted.length > named.length ? [`and ${sorted.length - named.length} more`] : []),
    ];
    const { difference: to } = withoutControls.find(({ difference }) => difference !== null) ?? {};
    const compared = metric.methods.filter(
      ({ method, difference }) => difference && !controlMethodNames.has(method),
    );
    const significant = compared.filter(({ difference }) => difference?.significant);
    const comparison =
      to === undefined || to === null || compared.length === 0
        ? ""
        : significant.length === compared.length
          ? ` All differ significantly from ${to.to} (95 %).`
          : significant.length === 0
            ? ` None differs significantly from ${to.to} (95 %).`
            : ` Significantly different from ${to.to} (95 %): ${significant.length > mostNamed ? `${significant.length} of ${compared.length}` : significant.map(({ method }) => method).join(", ")}.`;
    return [`${metric.name} (${metric.better} is better): ${order.join(", ")}.${comparison}`];
  });
}

/** What is missing or doubtful, one sentence each. */
export function caveats(summary: Summary, words: ProgramWords): string[] {
  const { ok, failed, missing } = summary.pictures;
  const doubt = accuracyWarning(summary, words);
  return [
    ...(doubt === undefined ? [] : [doubt]),
    ...(missing ? [`The run is incomplete: ${missing} pictures have not been evaluated yet.`] : []),
    ...(failed > 0 ? [`${failed} of ${ok + failed} pictures could not be used; they are listed below.`] : []),
  ];
}

/** A sentence if the network classifies so few pictures as labelled that it was probably read wrongly. */
export function accuracyWarning(
  { pictures: { ok, correct } }: Summary,
  { option }: ProgramWords,
): string | undefined {
  if (ok < 20 || correct / ok >= 0.05) return undefined;
  return `The network classifies only ${correct} of ${ok} pictures as labelled: check that ${option("preprocess")} and ${option("labels")} (or ${option("wnids")}) match its training.`;
}
