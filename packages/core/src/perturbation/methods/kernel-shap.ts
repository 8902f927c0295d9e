/** KernelSHAP: Shapley values of superpixels, by weighted least squares. */

import { placeCount } from "../../grid/grid.ts";
import { type PlaceShape, placesOfShape } from "../../grid/place-axes.ts";
import { createRandom, hashPicture } from "../../random.ts";
import { cholesky } from "../masking/cholesky.ts";
import { type Coalition, paintSegments, pictureOfCoalition } from "../masking/coalitions.ts";
import { scored, targetScores } from "../masking/scored.ts";
import { shapleySamples, type WeightedCoalition } from "../masking/shapley-samples.ts";
import { superpixels } from "../masking/superpixels.ts";
import { type Options, samplesAndSegments } from "../option-checks.ts";
import type { Perturbation } from "../perturbation.ts";

export interface KernelShapParameters {
  /** Coalitions besides that of no superpixel and that of all; default 500. */
  readonly samples: number;
  /** The most superpixels; default 50, or as many as a smaller input has places. */
  readonly segments: number;
}

/** Options of KernelSHAP. */
export type KernelShapOptions = Options<KernelShapParameters>;

/**
 * Lundberg and Lee, A Unified Approach to Interpreting Model Predictions (2017), section 4.1 and Theorem 2.
 *
 * With v(z) the score when the superpixels of z are seen, the map has on each pixel its superpixel's value of those that
 * minimize
 *
 *     sum over z of pi(z) (v(z) - v(none) - values . z)^2   where   sum of values = v(all) - v(none)
 *     pi(z) = (M - 1) / (choose(M, |z|) |z| (M - |z|))      for M superpixels
 *
 * Over all coalitions these are the Shapley values, and they are taken where `samples` suffices for it; otherwise
 * `shapleySamples` says which. The constraint holds in any case. Superpixels that the samples do not distinguish share
 * equally.
 *
 * A number is what the superpixel adds to the score: a difference of scores, not divided by the superpixel's size, so
 * that it is the values of superpixels, not of pixels, that add up to v(all) - v(none).
 *
 * Forward passes: one, and at most one for each sample.
 *
 * @throws UserError `usage` for options from which nothing can be fitted
 */
export function kernelShap(options: KernelShapOptions = {}): Perturbation {
  return async (context) => {
    const { image } = context.scorer;
    const { samples, segments } = kernelShapParameters(image, options);
    const parts = superpixels(context.picture, image, { segments });
    const random = createRandom(context.seed, hashPicture(context.picture));
    const between = shapleySamples(random, parts.count, samples);
    const coalitions = [new Uint8Array(parts.count), ...between.map(({ coalition }) => coalition)];
    const all = targetScores(context, context.scores);
    const scores = context.targets.map((): number[] => []);
    const pictureOf = (coalition: Coalition) => pictureOfCoalition(context, parts, coalition);
    for await (const { values } of scored(context, coalitions.length, coalitions, pictureOf)) {
      for (const [k, of] of scores.entries()) of.push(values[k] ?? 0);
    }
    const games = scores.map(([none = 0, ...rest], k) => ({ none, all: all[k] ?? 0, between: rest }));
    return shapleyRegression(between, parts.count, games).map((values) => paintSegments(parts, values));
  };
}

/** The options with their defaults for an input of some size. @throws UserError `usage` */
export function kernelShapParameters(
  shape: PlaceShape,
  options: KernelShapOptions = {},
): KernelShapParameters {
  return samplesAndSegments("kernel-shap", placeCount(placesOfShape(shape)), options);
}

/** What coalitions are worth: none, all, and those between in the order of the samples. */
interface Game {
  readonly none: number;
  readonly all: number;
  readonly between: readonly number[];
}

/**
 * The constrained weighted least squares above. With A = sum of pi z z^T, b = sum of pi z (v(z) - v(none)) and
 * d = v(all) - v(none), by Lagrange's multiplier
 *
 *     values = A^-1 (b - mu 1),   mu = (1^T A^-1 b - d) / (1^T A^-1 1)
 *
 * To A's diagonal 1e-10 of its mean is added: it can then be inverted whatever the samples, and what they leave open is
 * decided for the most equal values.
 *
 * @returns for each game a value a player
 */
function shapleyRegression(
  samples: readonly WeightedCoalition[],
  players: number,
  games: readonly Game[],
): Float64Array[] {
  const values = new Float64Array(players * players);
  for (const { coalition, weight } of samples) {
    for (let i = 0; i < players; i += 1) {
      if (coalition[i] !== 1) continue;
      for (let j = 0; j <= i; j += 1) {
        if (coalition[j] === 1) values[i * players + j] = (values[i * players + j] ?? 0) + weight;
      }
    }
  }
  let trace = 0;
  for (let i = 0; i < players; i += 1) trace += values[i * players + i] ?? 0;
  const floor = trace > 0 ? (1e-10 * trace) / players : 1;
  for (let i = 0; i < players; i += 1) values[i * players + i] = (values[i * players + i] ?? 0) + floor;
  const solve = cholesky({ size: players, values });
  const ones = solve(new Float64Array(players).fill(1));
  return games.map(({ none, all, between }) => {
    const right = new Float64Array(players);
    for (const [n, { coalition, weight }] of samples.entries()) {
      const gain = weight * ((between[n] ?? 0) - none);
      for (let i = 0; i < players; i += 1) if (coalition[i] === 1) right[i] = (right[i] ?? 0) + gain;
    }
    const free = solve(right);
    const multiplier = (sum(free) - (all - none)) / sum(ones);
    return free.map((value, i) => value - multiplier * (ones[i] ?? 0));
  });
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
