/** Tables of a summary, in the manner of the SGLRP paper's. */
import { baselineNames } from "@onnx-lrp/core/names";
import type { Interval, MetricSummary, Summary } from "@onnx-lrp/evaluation";
import type { EvaluationCell, EvaluationTable } from "@onnx-lrp/report";
import { fewestToTellApart } from "./significance.ts";

const groups = [
  {
    title: "Maximal patch masking",
    note: "Change of a class's probability when the patch around its map's strongest pixel is hidden; mean over the patch sizes.",
    names: ["patch-masking", "patch-masking-second"],
  },
  {
    title: "Localization",
    note: "How much of the relevance lies on the object.",
    names: ["pointing-game", "pointing-game-sum", "pointing-one", "relevance-mass", "relevance-rank"],
  },
  {
    title: "Deletion and insertion",
    note: "Area under the curve of the label's probability, as pixels are hidden or shown in the map's order.",
    names: ["deletion", "insertion"],
  },
  {
    title: "Infidelity, sensitivity, sparseness",
    note: undefined,
    names: ["infidelity", "max-sensitivity", "sparseness"],
  },
  {
    title: "Cascading randomization",
    note: "Likeness of the map to itself when the network's layers are drawn anew, one more each time from the logits down; mean over the steps. A map that does not change does not explain the network.",
    names: ["randomization", "randomization-signed", "randomization-ssim"],
  },
] as const;

export function tablesOf({ measures: metrics }: Summary): EvaluationTable[] {
  const named = groups.map(({ title, note, names }) => ({
    ...{ title, note },
    metrics: metrics.filter(({ name }) => names.some((own) => own === name)),
  }));
  const known = new Set<string>(groups.flatMap(({ names }) => names));
  const others = metrics.filter(({ name }) => !known.has(name));
  const tables = [...named, { title: "Other metrics", note: undefined, metrics: others }]
    .filter((group) => group.metrics.length > 0)
    .flatMap((group) => [
      tableOf(group.title, group.note, group.metrics),
      ...group.metrics.filter(({ name }) => name.startsWith("patch-masking")).map(bySizeOf),
    ]);
  return [...tables, ...differencesOf(metrics)];
}

const unevenNote =
  "Where n differs, a method has no reading on some pictures, often the harder ones (a map without a positive pixel): then the paired differences compare, and not the means.";

function tableOf(
  title: string,
  note: string | undefined,
  metrics: readonly MetricSummary[],
): EvaluationTable {
  const names = [...new Set(metrics.flatMap(({ methods }) => methods.map(({ method }) => method)))];
  const rows = names.map((name) => ({
    ...{ name, baseline: baselineNames.has(name) },
    cells: metrics.map(({ methods }) => {
      const own = methods.find(({ method }) => method === name);
      return own === undefined ? undefined : cellOf(own.headline, own.n);
    }),
  }));
  const chance = {
    ...{ name: "chance", baseline: true },
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
      note: `An interval that leaves out 0 tells the two apart, from ${fewestToTellApart} pictures on.`,
      metrics: metrics.map(({ name, summary, better }) => ({ name, summary, better })),
      rows: [first, ...others].map((other) => ({
        ...{ name: other, baseline: baselineNames.has(other) },
        cells: metrics.map(({ methods }) => {
          const own = methods.find(({ method }) => method === other);
          if (other === first) return own?.headline ? { mean: 0, n: own.n } : undefined;
          return own?.difference ? cellOf(own.difference, own.difference.n) : undefined;
        }),
      })),
    },
  ];
}

/** A column for each patch size. */
function bySizeOf({ name, better, methods, parameter }: MetricSummary): EvaluationTable {
  const sizes = [...new Set(methods.flatMap(({ points }) => points.map((point) => point.parameter)))];
  return {
    title: `${name}, by ${parameter ?? "parameter"}`,
    metrics: sizes.map((size) => ({ name: `${size} x ${size}`, better })),
    rows: methods.map(({ method, points }) => ({
      ...{ name: method, baseline: baselineNames.has(method) },
      cells: sizes.map((size) => {
        const point = points.find(({ parameter: own }) => own === size);
        return point && cellOf(point.mean, point.n);
      }),
    })),
  };
}
