/** A summary as a short table for people. */
import type { Summary } from "@onnx-lrp/evaluation";
import type { Interval, MetricSummary } from "@onnx-lrp/evaluation/internal";
import { numberWriter, table } from "../format.ts";

export function summaryLines({ measures: metrics, pictures }: Summary): string[] {
  const { ok, failed, missing, correct } = pictures;
  const counts = [
    `${ok} ${ok === 1 ? "picture" : "pictures"}`,
    ...(ok > 0 ? [`${((100 * correct) / ok).toFixed(1)} % of them classified as labelled`] : []),
    ...(failed > 0 ? [`${failed} could not be used`] : []),
    ...(missing ? [`${missing} not evaluated yet`] : []),
  ];
  return [counts.join(", "), ...metrics.flatMap((metric) => ["", ...metricLines(metric)])];
}

function metricLines({ name, better, value, parameter, methods, chance }: MetricSummary): string[] {
  const over = parameter === null ? "" : `, mean over ${parameter.replace(/ \(.*\)$/, "")}`;
  const rows = [
    ...methods.map(({ method, headline, n }) => ({ name: method, headline, n })),
    ...(chance === null ? [] : [{ name: "chance", headline: chance.headline, n: chance.n }]),
  ];
  const numbers = numberWriter(rows.flatMap(({ headline }) => (headline === null ? [] : [headline.value])));
  const lines = rows.map(({ name, headline, n }) =>
    headline === null
      ? [`  ${name}`, "-", "", "no picture"]
      : [`  ${name}`, numbers(headline.value), intervalText(headline, numbers), `n = ${n}`],
  );
  return [`${name}: ${value}${over}; ${better} is better`, ...table(lines, new Set([1]))];
}

/** In words; empty if there are too few pictures for an interval. */
function intervalText({ low, high }: Interval, write: (value: number) => string): string {
  return low === null || high === null ? "" : `${write(low)} to ${write(high)}`;
}
