/** Charts of a summary, in the manner of the SGLRP paper's Figs. 11 and 13. */
import { controlMethodNames } from "@onnx-lrp/core/names";
import type { Summary } from "@onnx-lrp/evaluation";
import type { MethodCrossing, MetricSummary } from "@onnx-lrp/evaluation/internal";
import type { EvaluationChart } from "@onnx-lrp/report";
import { bounds } from "./report-tables.ts";

export function chartsOf({ measures: metrics }: Summary): EvaluationChart[] {
  return metrics.flatMap((metric) => {
    const curved = metric.methods.some(({ points }) => points.length > 1);
    if (!curved || metric.parameter === null) return [];
    const pooled = metric.methods.some(({ points }) => points.some((point) => point.pooled !== null));
    return [chartOf(metric, "mean"), ...(pooled ? [chartOf(metric, "pooled")] : [])];
  });
}

function chartOf(metric: MetricSummary, figure: "mean" | "pooled"): EvaluationChart {
  const { title, summary, parameter, value, methods, chance, crossings } = metric;
  const own = crossings.filter(
    (crossing) =>
      crossing.figure === figure &&
      !controlMethodNames.has(crossing.a) &&
      !controlMethodNames.has(crossing.b),
  );
  const certain = own.filter(({ share }) => share >= 0.95);
  const levels = chance?.points.map(
    ({ mean, pooled }) => (figure === "pooled" && pooled ? pooled : mean).value,
  );
  const level = levels && levels.length > 0 ? levels.reduce((a, b) => a + b, 0) / levels.length : undefined;
  const crowded = methods.length > mostBands;
  return {
    chart: {
      title: figure === "pooled" ? `${title}, all pictures' pixels pooled` : title,
      x: { label: parameter ?? "" },
      y: { label: value },
      series: methods
        .filter(({ points }) => points.length > 0)
        .map(({ method, points }) => ({
          name: method,
          points: points.map(({ parameter: x, mean, pooled }) => {
            const shown = figure === "pooled" && pooled ? pooled : mean;
            return { x, y: shown.value, ...(crowded ? {} : bounds(shown)) };
          }),
        })),
      level: level === undefined ? undefined : { name: "chance", y: level },
      marks: (crowded ? [] : certain.slice(0, mostMarks)).flatMap((crossing) => {
        const y = heightAt(metric, crossing, figure);
        return y === undefined ? [] : [{ x: crossing.value, y, label: rounded(crossing.value) }];
      }),
    },
    note: [
      summary === "" ? undefined : `${summary}.`,
      crowded ? "With this many lines the intervals are left out; the table has them." : undefined,
      figure === "pooled" ? "Every pixel has the same weight, rather than every picture." : undefined,
      crowded ? undefined : crossingsText(certain, parameter ?? ""),
    ]
      .filter((part) => part !== undefined)
      .join(" "),
  };
}

/** More would hide the lines. */
const mostMarks = 6;
const mostBands = 8;
const mostCrossings = 10;

function crossingsText(crossings: readonly MethodCrossing[], parameter: string): string | undefined {
  if (crossings.length === 0) return undefined;
  const unit = /\((.*)\)/.exec(parameter)?.[1] ?? "";
  const texts = crossings.slice(0, mostCrossings).map(({ a, b, after, value, low, high }) => {
    const at = `${rounded(value)}${unit === "" ? "" : ` ${unit}`}`;
    const range =
      Number.isFinite(low) && Number.isFinite(high) ? ` (${rounded(low)} to ${rounded(high)})` : "";
    return `${a} ${after === "above" ? "rises above" : "falls below"} ${b} at ${at}${range}`;
  });
  const more = crossings.length - texts.length;
  return `Crossings in nearly all bootstrap samples: ${texts.join("; ")}${more > 0 ? `; and ${more} more in summary.json` : ""}.`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Where the two lines meet. */
function heightAt(
  { methods }: MetricSummary,
  { a, value }: MethodCrossing,
  figure: "mean" | "pooled",
): number | undefined {
  const points = methods.find(({ method }) => method === a)?.points ?? [];
  const right = points.findIndex(({ parameter }) => parameter >= value);
  const [from, to] = [points[Math.max(right - 1, 0)], points[right]];
  if (from === undefined || to === undefined) return undefined;
  const at = (point: typeof to) => (figure === "pooled" && point.pooled ? point.pooled : point.mean).value;
  const span = to.parameter - from.parameter;
  return span === 0 ? at(to) : at(from) + ((value - from.parameter) / span) * (at(to) - at(from));
}
