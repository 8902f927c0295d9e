/** Summarizes the files of a run, or of any program that writes the same columns, as figures with intervals. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { randomizationMetrics } from "../randomization/metrics.ts";
import { readRandomization } from "../randomization/results.ts";
import { type Bootstrap, createBootstrap } from "../statistics/bootstrap.ts";
import type { Crossing } from "../statistics/crossings.ts";
import type { Estimate } from "../statistics/interval.ts";
import { isSignificant } from "../statistics/significance.ts";
import { readPlan } from "../store/folder.ts";
import { listParts, readTimes } from "../store/parts.ts";
import type { Plan } from "../store/plan.ts";
import { chance, type TimeRow } from "../store/rows.ts";
import type { Metric, MetricGroup, MetricInfo, Reading } from "../types.ts";
import { collectExamples, type ExampleCollector, type Examples } from "./examples.ts";
import { picturesOf } from "./groups.ts";
import { countPictures, type Failure, type PictureCounts } from "./pictures.ts";

/** A figure with its interval; without bounds if it is of fewer than two pictures. */
export interface Interval {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Point {
  readonly parameter: number;
  readonly n: number;
  /** Over pictures. */
  readonly mean: Interval;
  /** Over everything that the values are means of (all pixels); null if the metric has no weights. */
  readonly pooled: Interval | null;
}

export interface MethodSummary {
  readonly method: string;
  /** Pictures with a reading. */
  readonly n: number;
  /** Pictures that the metric does not apply to: no region, no positive pixel. */
  readonly leftOut: number;
  /** Mean over pictures of the one number that represents a picture's readings; null if there is no picture. */
  readonly headline: Interval | null;
  /** Headline minus that of the first method, over the pictures that both have; null for the first one itself. */
  readonly difference: MethodDifference | null;
  readonly points: readonly Point[];
}

interface MethodDifference extends Interval {
  readonly to: string;
  readonly n: number;
  /** Whether the difference is significant at the level of the interval (`isSignificant`). */
  readonly significant: boolean;
}

/** Where the curve of method `a` rises above or falls below that of `b`. */
export interface MethodCrossing extends Crossing {
  readonly a: string;
  readonly b: string;
  readonly figure: "mean" | "pooled";
}

export interface MetricSummary {
  readonly name: string;
  readonly title: string;
  readonly group: MetricGroup;
  readonly summary: string;
  readonly source: string;
  readonly target: Metric["target"] | null;
  readonly better: Metric["better"];
  /** In words; null for single numbers. */
  readonly parameter: string | null;
  readonly value: string;
  readonly methods: readonly MethodSummary[];
  /** The expected values of uninformed maps; null if they are unknown. */
  readonly chance: Pick<MethodSummary, "n" | "headline" | "points"> | null;
  readonly crossings: readonly MethodCrossing[];
  readonly examples: Examples;
}

export interface Times {
  /** Over all processes. */
  readonly seconds: number;
  readonly steps: readonly TimeRow[];
}

/** All but `times` follows from plan, data set and network: two runs of the same plan have the same summary. */
export interface Summary {
  readonly format: 1;
  /** Null for results that were made elsewhere. */
  readonly plan: Plan | null;
  readonly intervals: { readonly level: number; readonly replicates: number; readonly seed: number };
  readonly pictures: PictureCounts;
  /** The first ones. */
  readonly failures: readonly Failure[];
  readonly measures: readonly MetricSummary[];
  readonly times: Times;
}

/** Which results are summarized, and how. */
export interface SummaryOptions {
  /** All known metrics; others in the folder are taken to be better if higher. */
  readonly metrics: readonly MetricInfo[];
  /** The method that the others are compared with; default the first one. */
  readonly reference?: string | undefined;
  /** Of the intervals; default the plan's, else 0. */
  readonly seed?: number | undefined;
  /** Bootstrap replicates; default 1000. */
  readonly replicates?: number | undefined;
  /** Pictures in each list of examples; default 8. */
  readonly examples?: number | undefined;
  /** After each picture. */
  readonly onPicture?: ((done: number, total: number) => void) | undefined;
}

const level = 0.95;

/**
 * Reads a run's folder from beginning to end, in memory that does not grow with the pictures (but for a set of their indices).
 *
 * @throws UserError `input` if there are no results, or they contradict each other
 */
export async function summarize(folder: string, options: SummaryOptions): Promise<Summary> {
  const plan = await readPlan(folder);
  const { replicates = 1000, examples = 8, seed = plan?.seed ?? 0 } = options;
  const { counts, failures, usable } = await countPictures(folder, plan?.dataset.items);
  if (plan === undefined && counts.ok + counts.failed === 0) {
    throw new UserError(
      "input",
      `"${folder}" holds no results: there are no Parquet files in its folder "pictures".`,
    );
  }
  const sums = createBootstrap({ seed, replicates, level });
  const names = plan?.methods.map(({ name }) => name);
  const states = new Map<string, MetricState>();
  const stateFor = (name: string, firstMethods: readonly string[]) => {
    const there = states.get(name);
    if (there !== undefined) return there;
    const described = [...options.metrics, ...randomizationMetrics].find((metric) => metric.name === name);
    const state = openMetric(
      name,
      described,
      withReferenceFirst(names ?? firstMethods, options.reference),
      examples,
    );
    states.set(name, state);
    return state;
  };
  for (const { name } of plan?.measures ?? []) stateFor(name, []);
  const randomized = await readRandomization(folder);

  let done = 0;
  for await (const { index, image, metrics } of picturesOf(folder, usable)) {
    for (const [name, methods] of metrics) {
      const withoutChance = [...methods.keys()].filter((method) => method !== chance);
      addPicture(sums, stateFor(name, withoutChance), { index, image }, methods);
    }
    done += 1;
    options.onPicture?.(done, usable.size);
  }
  for (const { index, image, metrics } of randomized?.pictures ?? []) {
    for (const [name, methods] of metrics) addPicture(sums, stateFor(name, []), { index, image }, methods);
  }
  return {
    format: 1,
    plan: plan ?? null,
    intervals: { level, replicates, seed },
    pictures: counts,
    failures,
    measures: [...states.values()].map((state) => {
      const own = randomizationMetrics.some(({ name }) => name === state.described.name);
      return summarizeMetric(sums, state, own ? (randomized?.pictures.length ?? 0) : counts.ok);
    }),
    times: await sumTimes(folder),
  };
}

/** Moves the reference method to the front. */
function withReferenceFirst(methods: readonly string[], reference: string | undefined): string[] {
  if (reference === undefined || !methods.includes(reference)) return [...methods];
  return [reference, ...methods.filter((method) => method !== reference)];
}

/** The state of a metric while pictures are added. */
interface MetricState {
  readonly described: MetricInfo;
  readonly known: boolean;
  /** In order; the first is the one that others are compared with. */
  readonly methods: string[];
  /** Whether any reading has a weight. */
  weighted: boolean;
  readonly examples: ExampleCollector;
}

function openMetric(
  name: string,
  described: MetricInfo | undefined,
  methods: readonly string[],
  examples: number,
): MetricState {
  const unknown: MetricInfo = {
    name,
    group: { title: "Other metrics" },
    summary: "",
    source: "",
    target: "label",
    better: "higher",
    parameter: undefined,
    value: "value",
  };
  const own = described ?? unknown;
  return {
    described: own,
    known: described !== undefined,
    methods: [...methods],
    weighted: false,
    examples: collectExamples(methods[0], own.better, examples),
  };
}

/** Names of series: no name of a method or metric holds this character. */
const series = (metric: string, method: string, of: "points" | "headline" | "difference") =>
  [metric, method, of].join("\u0000");

function addPicture(
  sums: Bootstrap,
  state: MetricState,
  { index, image }: { index: number; image: string },
  methods: ReadonlyMap<string, readonly Required<Reading>[]>,
): void {
  const { described } = state;
  // Entries of one picture, one per class, are drawn together: they are not independent, and for the second class even the same.
  const drawn = image.replace(/#\d+$/, "");
  // Names of methods come from the folder's files, and may be `__proto__`.
  const values = new Map<string, number>();
  let byChance: number | undefined;
  const addHeadline = (method: string, readings: readonly Required<Reading>[]) => {
    const value = (described.headline ?? meanOf)(readings);
    sums.add(drawn, series(described.name, method, "headline"), [{ parameter: 0, value }]);
    return value;
  };
  for (const [method, readings] of methods) {
    sums.add(drawn, series(described.name, method, "points"), readings);
    state.weighted ||= readings.some(({ weight }) => weight !== 1);
    const value = addHeadline(method, readings);
    if (method === chance) {
      byChance = value;
      continue;
    }
    values.set(method, value);
    if (!state.methods.includes(method)) state.methods.push(method);
  }
  const [first = ""] = state.methods;
  const own = values.get(first);
  if (own !== undefined) {
    for (const [method, value] of values) {
      if (method === first) continue;
      sums.add(drawn, series(described.name, method, "difference"), [{ parameter: 0, value: value - own }]);
    }
  }
  const example = { index, image, values: Object.fromEntries(values) };
  state.examples.add({ ...example, ...(byChance === undefined ? {} : { chance: byChance }) });
}

function meanOf(readings: readonly Reading[]): number {
  return readings.reduce((sum, { value }) => sum + value, 0) / readings.length;
}

function summarizeMetric(sums: Bootstrap, state: MetricState, pictures: number): MetricSummary {
  const { described, known, methods, weighted } = state;
  const { name, title, group, summary, source, target, better, parameter, value } = described;
  const figures = (method: string) => figuresOf(sums, name, method, weighted);
  const [first = ""] = methods;
  const byChance = figures(chance);
  return {
    name,
    title: title ?? name,
    group,
    summary,
    source,
    target: known ? target : null,
    better,
    parameter: parameter ?? null,
    value,
    methods: methods.map((method) => {
      const { n, headline, points } = figures(method);
      const difference = differenceOf(sums, name, method, first);
      return { method, n, leftOut: pictures - n, headline, difference, points };
    }),
    chance: byChance.n === 0 ? null : byChance,
    crossings: crossingsBetween(sums, name, methods, weighted),
    examples: state.examples.result(),
  };
}

function figuresOf(
  sums: Bootstrap,
  metric: string,
  method: string,
  weighted: boolean,
): Pick<MethodSummary, "n" | "headline" | "points"> {
  const headline = sums.summary(series(metric, method, "headline"))?.points[0];
  const curve = sums.summary(series(metric, method, "points"))?.points ?? [];
  return {
    n: headline?.n ?? 0,
    headline: headline === undefined ? null : interval(headline.mean, headline.n),
    points: curve.map(({ parameter, n, mean, pooled }) => ({
      parameter,
      n,
      mean: interval(mean, n),
      pooled: weighted ? interval(pooled, n) : null,
    })),
  };
}

function differenceOf(
  sums: Bootstrap,
  metric: string,
  method: string,
  to: string,
): MethodSummary["difference"] {
  const point = sums.summary(series(metric, method, "difference"))?.points[0];
  if (point === undefined) return null;
  const { n } = point;
  const bounds = interval(point.mean, n);
  return { to, n, ...bounds, significant: isSignificant({ n, ...bounds }) };
}

/** One picture does not show how pictures differ. */
function interval({ value, low, high }: Estimate, n: number): Interval {
  return n < 2 ? { value, low: null, high: null } : { value, low, high };
}

function crossingsBetween(
  sums: Bootstrap,
  metric: string,
  methods: readonly string[],
  weighted: boolean,
): MethodCrossing[] {
  const figures = weighted ? (["mean", "pooled"] as const) : (["mean"] as const);
  return methods.flatMap((a, i) =>
    methods
      .slice(i + 1)
      .flatMap((b) =>
        figures.flatMap((figure) =>
          sums
            .crossings(series(metric, a, "points"), series(metric, b, "points"), figure)
            .map((crossing) => ({ a, b, figure, ...crossing })),
        ),
      ),
  );
}

async function sumTimes(folder: string): Promise<Times> {
  const steps = new Map<string, TimeRow>();
  for (const part of await listParts(folder, "times")) {
    for (const { step, seconds, pictures } of await readTimes(part)) {
      const before = steps.get(step);
      steps.set(step, {
        step,
        seconds: (before?.seconds ?? 0) + seconds,
        pictures: (before?.pictures ?? 0) + pictures,
      });
    }
  }
  const sorted = [...steps.values()].sort((a, b) => (a.step < b.step ? -1 : 1));
  return { seconds: sorted.reduce((sum, { seconds }) => sum + seconds, 0), steps: sorted };
}
