/** Tables and charts of a summary, in the manner of the SGLRP paper's Figs. 11 and 13. */
import { controlMethodNames } from "@onnx-lrp/core/names";
import type { Interval, MethodCrossing, MethodSummary, MetricSummary, Summary } from "@onnx-lrp/evaluation";
import type { EvaluationCell, EvaluationChart, EvaluationTable } from "@onnx-lrp/report";
import { accuracyWarning } from "./summary-text.ts";

/** With fewer pictures even differences that all have the same sign come by chance in more than 5 % of samples: 2 / 2^n. */
const fewestToTellApart = 6;

/** Whether a method is told apart at 95 % from the one that it is held against: the interval of the difference leaves out 0. */
export function isSignificant(difference: MethodSummary["difference"]): boolean {
  if (difference === null || difference.n < fewestToTellApart) return false;
  const { low, high } = difference;
  return low !== null && high !== null && (low > 0 || high < 0);
}

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
    ...{ name, baseline: controlMethodNames.has(name) },
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

function bounds({ low, high }: Interval): { low?: number; high?: number } {
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
        ...{ name: other, baseline: controlMethodNames.has(other) },
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
      ...{ name: method, baseline: controlMethodNames.has(method) },
      cells: sizes.map((size) => {
        const point = points.find(({ parameter: own }) => own === size);
        return point && cellOf(point.mean, point.n);
      }),
    })),
  };
}

const titles: Readonly<Record<string, string>> = {
  "patch-masking": "Maximal patch masking, ground truth (the paper's Fig. 11)",
  "patch-masking-second": "Maximal patch masking, second most probable class",
  "pointing-game": "Extended pointing game (the paper's Fig. 13)",
  "pointing-game-sum": "Extended pointing game, energy by sum of relevance",
  deletion: "Deletion",
  insertion: "Insertion",
  randomization: "Cascading randomization, order of absolute values",
  "randomization-signed": "Cascading randomization, order of values",
  "randomization-ssim": "Cascading randomization, structure",
};

export function chartsOf({ measures: metrics }: Summary): EvaluationChart[] {
  return metrics.flatMap((metric) => {
    const curved = metric.methods.some(({ points }) => points.length > 1);
    if (!curved || metric.parameter === null) return [];
    const pooled = metric.methods.some(({ points }) => points.some((point) => point.pooled !== null));
    return [chartOf(metric, "mean"), ...(pooled ? [chartOf(metric, "pooled")] : [])];
  });
}

function chartOf(metric: MetricSummary, figure: "mean" | "pooled"): EvaluationChart {
  const { name, summary, parameter, value, methods, chance, crossings } = metric;
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
  const title = titles[name] ?? name;
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
      crowded ? "The intervals of so many lines are left out; the table has them." : undefined,
      figure === "pooled" ? "Every pixel counts the same, not every picture." : undefined,
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
    return `${a} comes to lie ${after} ${b} at ${at}${range}`;
  });
  const more = crossings.length - texts.length;
  return `Crossings that nearly all bootstrap samples have: ${texts.join("; ")}${more > 0 ? `; and ${more} more in summary.json` : ""}.`;
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

/** In a sentence. */
const mostNamed = 6;

/** What came out, a sentence a metric. */
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
    const apart = compared.filter(({ difference }) => isSignificant(difference));
    const told =
      to === undefined || to === null || compared.length === 0
        ? ""
        : apart.length === compared.length
          ? ` All are told apart from ${to.to} at 95 %.`
          : apart.length === 0
            ? ` None is told apart from ${to.to} at 95 %.`
            : ` Told apart from ${to.to} at 95 %: ${apart.length > mostNamed ? `${apart.length} of ${compared.length}` : apart.map(({ method }) => method).join(", ")}.`;
    return [`${metric.name} (${metric.better} is better): ${order.join(", ")}.${told}`];
  });
}

/** What is missing or doubtful, a sentence each. */
export function caveats(summary: Summary): string[] {
  const { ok, failed, missing } = summary.pictures;
  const doubt = accuracyWarning(summary);
  return [
    ...(doubt === undefined ? [] : [doubt]),
    ...(missing ? [`The run is not at its end: ${missing} pictures are still to be done.`] : []),
    ...(failed > 0 ? [`${failed} of ${ok + failed} pictures could not be used; they are listed below.`] : []),
  ];
}
