/** LIME: a linear model of the score, fitted to pictures with random superpixels hidden. */

import { placeCount } from "../../grid/grid.ts";
import { type PlaceShape, placesOfShape } from "../../grid/place-axes.ts";
import { createRandom, hashPicture, type Random } from "../../random.ts";
import { cholesky } from "../masking/cholesky.ts";
import { type Coalition, paintSegments, pictureOfCoalition } from "../masking/coalitions.ts";
import { scored, targetScores } from "../masking/scored.ts";
import { superpixels } from "../masking/superpixels.ts";
import { type Options, positive, samplesAndSegments } from "../option-checks.ts";
import type { Perturbation } from "../perturbation.ts";

export interface LimeParameters {
  /** Default 500. */
  readonly samples: number;
  /** The most superpixels; default 50, or as many as a smaller input has places. */
  readonly segments: number;
  /** How far from the picture a sample still counts; default 0.25, as in the authors' code. */
  readonly kernelWidth: number;
  /** What keeps weights small: it is added to the diagonal of the normal equations; default 1, as in the authors' code. */
  readonly ridge: number;
}

/** Options of LIME. */
export type LimeOptions = Options<LimeParameters>;

/**
 * Ribeiro, Singh and Guestrin, "Why Should I Trust You?" Explaining the Predictions of Any Classifier (2016), section 3:
 * of the samples z in {0, 1}^segments the first is the picture itself, in the others each superpixel is seen with
 * probability 1/2. The map has on each pixel the weight of its superpixel in the linear model that minimizes
 *
 *     sum over z of pi(z) (score(z) - intercept - weights . z)^2 + ridge |weights|^2,   pi(z) = exp(-d^2 / (2 kernelWidth^2))
 *
 * with the cosine distance d = 1 - sqrt(seen / segments); 1 if nothing is seen. That is what the authors' code computes
 * (`lime_image`): its kernel is the square root of the paper's. No superpixels are left out (the paper's K). They
 * are SLIC's, and hidden ones get the fill, where the authors' code takes quickshift's and hides each under its mean.
 *
 * A number is the score that seeing the superpixel adds: a difference of scores, not divided by the superpixel's size.
 *
 * Forward passes: one for each sample but the first.
 *
 * @throws UserError `usage` for options from which nothing can be fitted
 */
export function lime(options: LimeOptions = {}): Perturbation {
  return async (context) => {
    const { image } = context.scorer;
    const { samples, segments, kernelWidth, ridge } = limeParameters(image, options);
    const parts = superpixels(context.picture, image, { segments });
    const random = createRandom(context.seed, hashPicture(context.picture));
    const drawn = limeSamples(random, samples - 1, parts.count);
    const rows: Coalition[] = [new Uint8Array(parts.count).fill(1)];
    const scores = targetScores(context, context.scores).map((score) => {
      const values = new Float64Array(samples);
      values[0] = score;
      return values;
    });
    const pictureOf = (coalition: Coalition) => pictureOfCoalition(context, parts, coalition);
    for await (const { item: coalition, values } of scored(context, samples - 1, drawn, pictureOf)) {
      for (const [k, of] of scores.entries()) of[rows.length] = values[k] ?? 0;
      rows.push(coalition);
    }
    return ridgeRegression(rows, kernelWeights(rows, kernelWidth), scores, ridge).map((weights) =>
      paintSegments(parts, weights),
    );
  };
}

/** The options with their defaults for an input of some size. @throws UserError `usage` */
export function limeParameters(shape: PlaceShape, options: LimeOptions = {}): LimeParameters {
  const { kernelWidth = 0.25, ridge = 1 } = options;
  return {
    ...samplesAndSegments("lime", placeCount(placesOfShape(shape)), options),
    kernelWidth: positive("lime", "the kernel width", kernelWidth),
    ridge: positive("lime", "ridge", ridge),
  };
}

function* limeSamples(random: Random, samples: number, segments: number): Generator<Coalition> {
  for (let i = 0; i < samples; i += 1) {
    yield Uint8Array.from({ length: segments }, () => (random.uniform() < 0.5 ? 1 : 0));
  }
}

/** The weight of each sample. */
function kernelWeights(rows: readonly Coalition[], width: number): Float64Array {
  return Float64Array.from(rows, (row) => {
    const seen = row.reduce((sum, bit) => sum + bit, 0);
    const distance = 1 - Math.sqrt(seen / row.length);
    return Math.exp(-(distance ** 2) / (2 * width ** 2));
  });
}

/**
 * Weighted ridge regression with an intercept that is not held small: on numbers less their weighted means.
 *
 * @param wanted for each regression a number a row
 * @returns for each regression a weight a column
 */
export function ridgeRegression(
  rows: readonly ArrayLike<number>[],
  rowWeights: Float64Array,
  wanted: readonly Float64Array[],
  ridge: number,
): Float64Array[] {
  const size = rows[0]?.length ?? 0;
  const total = rowWeights.reduce((sum, weight) => sum + weight, 0);
  const mean = (value: (row: number) => number) =>
    rowWeights.reduce((sum, weight, row) => sum + weight * value(row), 0) / total;
  const columnMeans = Float64Array.from({ length: size }, (_, i) => mean((row) => rows[row]?.[i] ?? 0));
  const centred = rows.map((row) => columnMeans.map((columnMean, i) => (row[i] ?? 0) - columnMean));
  const values = new Float64Array(size * size);
  for (const [n, row] of centred.entries()) {
    for (let i = 0; i < size; i += 1) {
      const weighted = (rowWeights[n] ?? 0) * (row[i] ?? 0);
      for (let j = 0; j <= i; j += 1) {
        values[i * size + j] = (values[i * size + j] ?? 0) + weighted * (row[j] ?? 0);
      }
    }
  }
  for (let i = 0; i < size; i += 1) values[i * size + i] = (values[i * size + i] ?? 0) + ridge;
  const solve = cholesky({ size, values });
  return wanted.map((numbers) => {
    const numbersMean = mean((row) => numbers[row] ?? 0);
    const right = new Float64Array(size);
    for (const [n, row] of centred.entries()) {
      const weighted = (rowWeights[n] ?? 0) * ((numbers[n] ?? 0) - numbersMean);
      for (let i = 0; i < size; i += 1) right[i] = (right[i] ?? 0) + weighted * (row[i] ?? 0);
    }
    return solve(right);
  });
}
