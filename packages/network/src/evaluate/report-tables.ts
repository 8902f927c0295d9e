/** Tables of a summary, in the manner of the SGLRP paper's. */
import { controlMethodNames } from "@onnx-lrp/core/names";
import type { MetricGroup, Summary } from "@onnx-lrp/evaluation";
import { fewestPairs, type Interval, type MetricSummary, metricGroups } from "@onnx-lrp/evaluation/internal";
import type { EvaluationCell, EvaluationTable } from "@onnx-lrp/report";

export function tablesOf({ measures: metrics }: Summary): EvaluationTable[] {
  const tables = groupsOf(metrics).flatMap(({ group, metrics: own }) => [
    tableOf(group.title, group.note, own),
    ...own.filter(isShortCurve).map(byParameterOf),
  ]);
  return [...tables, ...differencesOf(metrics)];
}

interface Group {
  readonly group: MetricGroup;
  readonly metrics: readonly MetricSummary[];
}

/** The known groups in their own order, then the others in that of their metrics. */
function groupsOf(metrics: readonly MetricSummary[]): Group[] {
  const groups = new Map<string, MetricGroup>(
    [...Object.values(metricGroups), ...metrics.map(({ group }) => group)].map((group) => [
      group.title,
      group,
    ]),
  );
  return [...groups.values()]
    .map((group) => ({ group, metrics: metrics.filter((metric) => metric.group.title === group.title) }))
    .filter((one) => one.metrics.length > 0);
}

const unevenNote =
  "Where n differs, a method has no reading on some pictures, often the harder ones (a map without a positive pixel); then compare the paired differences, not the means.";

function tableOf(
  title: string,
  note: string | undefined,
  metrics: readonly MetricSummary[],
): EvaluationTable {
  const names = [...new Set(metrics.flatMap(({ methods }) => methods.map(({ method }) => method)))];
  const rows = names.map((name) => ({
    ...{ name, control: controlMethodNames.has(name) },
    cells: metrics.map(({ methods }) => {
      const own = methods.find(({ method }) => method === name);
      return own === undefined ? undefined : cellOf(own.headline, own.n);
    }),
  }));
  const chance = {
    ...{ name: "chance", control: true },
    cells: metrics.map((metric) =>
      metric.chance === null ? undefined : cellOf(metric.chance.headline, metric.chance.n),
    ),
  };
  const uneven = metrics.some(({ methods }) => new Set(methods.map(({ n }) => n)).size > 1);
  const anyChance = chance.cells.some((cell) => cell !== undefined);
  const own = [note, uneven ? unevenNote : undefined].filter((text) => text !== undefined);
  return {
    ...{ title, note: own.length === 0 ? undefined : own.join(" ") },
    metrics: metrics.map(({ name, summary, better }) => ({ name, summary, better })),
    rows: anyChance ? [...rows, chance] : rows,
  };
}

function cellOf(figure: Interval | null, n: number): EvaluationCell | undefined {
  return figure === null ? undefined : { mean: figure.value, ...bounds(figure), n };
}

export function bounds({ low, high }: Interval): { low?: number; high?: number } {
  return low === null || high === null ? {} : { low, high };
}

/** Each method less the first one, over the pictures that both have. */
function differencesOf(metrics: readonly MetricSummary[]): EvaluationTable[] {
  const others = [...new Set(metrics.flatMap(({ methods }) => methods.slice(1).map(({ method }) => method)))];
  const first = metrics[0]?.methods[0]?.method;
  if (others.length === 0 || first === undefined) return [];
  return [
    {
      title: `Difference to ${first}, picture by picture`,
      note: `The two differ significantly if the interval does not contain 0 and there are at least ${fewestPairs} pictures.`,
      metrics: metrics.map(({ name, summary, better }) => ({ name, summary, better })),
      rows: [first, ...others].map((other) => ({
        ...{ name: other, control: controlMethodNames.has(other) },
        cells: metrics.map(({ methods }) => {
          const own = methods.find(({ method }) => method === other);
          if (other === first) return own?.headline ? { mean: 0, n: own.n } : undefined;
          return own?.difference ? cellOf(own.difference, own.difference.n) : undefined;
        }),
      })),
    },
  ];
}

/** Of a table by parameter; longer curves have their chart alone. */
const mostColumns = 10;

function isShortCurve({ parameter, methods }: MetricSummary): boolean {
  const count = Math.max(...methods.map(({ points }) => points.length));
  return parameter !== null && count > 1 && count <= mostColumns;
}

/** A column for each parameter. */
function byParameterOf({ name, better, methods, parameter }: MetricSummary): EvaluationTable {
  const values = [...new Set(methods.flatMap(({ points }) => points.map((point) => point.parameter)))];
  return {
    title: `${name}, by ${parameter ?? "parameter"}`,
    metrics: values.map((value) => ({ name: String(value), better })),
    rows: methods.map(({ method, points }) => ({
      ...{ name: method, control: controlMethodNames.has(method) },
      cells: values.map((value) => {
        const point = points.find((own) => own.parameter === value);
        return point && cellOf(point.mean, point.n);
      }),
    })),
  };
}
