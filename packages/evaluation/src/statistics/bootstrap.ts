/**
 * Confidence intervals of means over pictures, from one pass and in memory that does not grow with the pictures: the Poisson
 * bootstrap (Hanley and MacGibbon, "Creating non-parametric bootstrap samples using Poisson frequencies", 2006; Chamandy et
 * al., "Estimating uncertainty for massive data streams", Google 2012).
 *
 *     replicate b of a mean:          sum_i w_ib v_i / sum_i w_ib              w_ib ~ Poisson(1)
 *     replicate b of a pooled figure: sum_i w_ib n_i v_i / sum_i w_ib n_i      n_i the reading's weight
 *
 * Pictures are drawn, not readings: the w_ib of a picture are the same at every point of a curve and for every method. So what is
 * computed of several means (an area, a difference, a crossing) has its replicates as the same computation of their
 * replicates, and differences between methods are paired.
 */
import type { Reading } from "../types.ts";
import { trapezeWeights } from "./area.ts";
import { type Crossing, crossingsOf } from "./crossings.ts";
import { type Estimate, estimate } from "./interval.ts";
import { poissonWeights } from "./poisson.ts";

export interface BootstrapOptions {
  readonly seed: number;
  /** Default 1000. */
  readonly replicates?: number;
  /** What share of such intervals covers the truth; default 0.95. */
  readonly level?: number;
}

/** A point of a curve of means. */
export interface PointSummary {
  readonly parameter: number;
  /** Pictures with a reading there. */
  readonly n: number;
  readonly mean: Estimate;
  /** Over all that the readings are means of; the mean itself where readings have no weight. */
  readonly pooled: Estimate;
}

export interface SeriesSummary {
  /** By ascending parameter. */
  readonly points: readonly PointSummary[];
  /** Under the curve of means, by trapezes, over the width of the range; of a single point its mean. */
  readonly area: Estimate;
  readonly pooledArea: Estimate;
}

/** `a` less `b`, at the parameters that both have. */
export interface DifferenceSummary {
  readonly points: readonly {
    readonly parameter: number;
    readonly mean: Estimate;
    readonly pooled: Estimate;
  }[];
  readonly area: Estimate;
  readonly pooledArea: Estimate;
}

/** Which of the two figures: the mean over pictures, or the pooled one. */
export type Figure = "mean" | "pooled";

export interface Bootstrap {
  /**
   * Takes in readings of a picture. Quickest where all readings of a picture come one after another; sums are the same to
   * the last bit where pictures come in the same order.
   *
   * @param id the picture's name, by which its weights in the replicates are drawn
   * @param series what the readings belong to: one method's one metric
   */
  add(id: string, series: string, readings: readonly Reading[]): void;
  /** Names of what was added, in the order of their first readings. */
  series(): string[];
  /** @returns undefined where no picture had a reading */
  summary(series: string): SeriesSummary | undefined;
  /** @returns undefined where the two have no parameter in common */
  difference(a: string, b: string): DifferenceSummary | undefined;
  /** Where the curves of `a` and `b` cross, by ascending parameter. */
  crossings(a: string, b: string, figure?: Figure): Crossing[];
}

/** Sums over pictures, in the sample itself (last place) and in each replicate. */
interface PointSums {
  readonly parameter: number;
  n: number;
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** The same with the readings' weights; undefined while all were 1. */
  weighted: { readonly values: Float64Array; readonly counts: Float64Array } | undefined;
}

/** A figure in the sample itself (last place) and in each replicate. */
type Draws = Float64Array;

export function createBootstrap({ seed, replicates = 1000, level = 0.95 }: BootstrapOptions): Bootstrap {
  const all = new Map<string, Map<number, PointSums>>();
  const weights = new Float64Array(replicates + 1).fill(1);
  let drawnFor: string | undefined;

  const drawFor = (id: string) => {
    if (id === drawnFor) return;
    poissonWeights(seed, id, weights.subarray(0, replicates));
    drawnFor = id;
  };
  const toEstimate = (draws: Draws) =>
    estimate(draws[replicates] ?? Number.NaN, draws.subarray(0, replicates), level);
  const curve = (series: string) =>
    [...(all.get(series)?.values() ?? [])].sort((a, b) => a.parameter - b.parameter);
  const shared = (a: string, b: string) => {
    const other = all.get(b);
    return curve(a).flatMap((left) => {
      const right = other?.get(left.parameter);
      return right === undefined ? [] : [{ parameter: left.parameter, left, right }];
    });
  };

  return {
    add(id, series, readings) {
      drawFor(id);
      const points = all.get(series) ?? new Map<number, PointSums>();
      all.set(series, points);
      for (const reading of readings) {
        const { parameter } = reading;
        const sums = points.get(parameter) ?? emptySums(parameter, weights.length);
        points.set(parameter, sums);
        accumulate(sums, reading, weights);
      }
    },
    series: () => [...all.keys()],
    summary(series) {
      const points = curve(series);
      if (points.length === 0) return undefined;
      const parameters = points.map(({ parameter }) => parameter);
      const [means, pooled] = [points.map(meanDraws), points.map(pooledDraws)];
      return {
        points: points.map(({ parameter, n }, i) => ({
          parameter,
          n,
          mean: toEstimate(means[i] ?? noDraws),
          pooled: toEstimate(pooled[i] ?? noDraws),
        })),
        area: toEstimate(areaDraws(parameters, means)),
        pooledArea: toEstimate(areaDraws(parameters, pooled)),
      };
    },
    difference(a, b) {
      const points = shared(a, b);
      if (points.length === 0) return undefined;
      const parameters = points.map(({ parameter }) => parameter);
      const means = points.map(({ left, right }) => minus(meanDraws(left), meanDraws(right)));
      const pooled = points.map(({ left, right }) => minus(pooledDraws(left), pooledDraws(right)));
      return {
        points: parameters.map((parameter, i) => ({
          parameter,
          mean: toEstimate(means[i] ?? noDraws),
          pooled: toEstimate(pooled[i] ?? noDraws),
        })),
        area: toEstimate(areaDraws(parameters, means)),
        pooledArea: toEstimate(areaDraws(parameters, pooled)),
      };
    },
    crossings(a, b, figure = "mean") {
      const draws = figure === "mean" ? meanDraws : pooledDraws;
      const points = shared(a, b);
      return crossingsOf(
        points.map(({ parameter }) => parameter),
        points.map(({ left, right }) => minus(draws(left), draws(right))),
        level,
      );
    },
  };
}

const noDraws = new Float64Array();

function emptySums(parameter: number, length: number): PointSums {
  return {
    parameter,
    n: 0,
    values: new Float64Array(length),
    counts: new Float64Array(length),
    weighted: undefined,
  };
}

function accumulate(sums: PointSums, { value, weight = 1 }: Reading, draws: Float64Array): void {
  // Till now every weight was 1, so that the sums with and without weights are the same.
  if (weight !== 1) sums.weighted ??= { values: sums.values.slice(), counts: sums.counts.slice() };
  sums.n += 1;
  addTo(sums.values, sums.counts, value, 1, draws);
  if (sums.weighted !== undefined) addTo(sums.weighted.values, sums.weighted.counts, value, weight, draws);
}

function addTo(
  values: Float64Array,
  counts: Float64Array,
  value: number,
  weight: number,
  draws: Float64Array,
): void {
  for (let i = 0; i < draws.length; i += 1) {
    const count = weight * (draws[i] ?? 0);
    counts[i] = (counts[i] ?? 0) + count;
    values[i] = (values[i] ?? 0) + count * value;
  }
}

/** NaN in replicates without any picture. */
function meanDraws({ values, counts }: PointSums): Draws {
  return values.map((sum, i) => sum / (counts[i] ?? 0));
}

function pooledDraws(sums: PointSums): Draws {
  const { values, counts } = sums.weighted ?? sums;
  return values.map((sum, i) => sum / (counts[i] ?? 0));
}

function minus(a: Draws, b: Draws): Draws {
  return a.map((value, i) => value - (b[i] ?? Number.NaN));
}

function areaDraws(parameters: readonly number[], draws: readonly Draws[]): Draws {
  const weights = trapezeWeights(parameters);
  const [first = noDraws] = draws;
  const area = new Float64Array(first.length);
  for (const [point, values] of draws.entries()) {
    const weight = weights[point] ?? 0;
    for (let i = 0; i < area.length; i += 1) area[i] = (area[i] ?? 0) + weight * (values[i] ?? Number.NaN);
  }
  return area;
}
