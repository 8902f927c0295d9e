/** RISE: the mean score of randomly hidden inputs in which a place is seen. */
import { limit, UserError } from "@onnx-lrp/onnx-loader";
import { type Places, placeCount } from "../../grid/grid.ts";
import { type PlaceAxis, type PlaceShape, placeAxes, placesOfShape } from "../../grid/place-axes.ts";
import { createRandom, hashPicture, type Random } from "../../random.ts";
import { linear } from "../masking/linear.ts";
import { masked } from "../masking/masked.ts";
import { scored } from "../masking/scored.ts";
import { integer, type Options } from "../option-checks.ts";
import type { Perturbation } from "../perturbation.ts";

export interface RiseParameters {
  /** Default 1000. The paper takes 4000 for VGG16 and 8000 for ResNet50. */
  readonly masks: number;
  /**
   * Cells of the random grid along each side, or as many as a shorter side has places. Default 7 for a picture, 49 for a
   * signal and 4 for a volume, which make a like number of cells.
   */
  readonly cells: number;
  /** That a cell is seen; default 0.5. */
  readonly probability: number;
  /** Whether the mean score of all masked pictures is taken off each score; default no, as in the paper. */
  readonly centred: boolean;
}

/** Options of RISE. */
export type RiseOptions = Options<RiseParameters>;

/**
 * Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box Models (2018), Eq. 6:
 *
 *     map(pixel) = sum over masks of score(picture seen through mask) * mask(pixel) / (masks * probability)
 *
 * A mask (section 3.2) is a grid of `cells` x `cells` zeros and ones, upsampled bilinearly to one cell more than the
 * picture, and cut to the picture's size at a random place within the first cell. As in the authors' code a cell is
 * ceil(side / cells) pixels, since with the paper's floor not every cut fits.
 *
 * A number is the score to be expected if the pixel is seen. It has the score's unit and no zero that means something:
 * a pixel that does not matter gets the mean score over all masks. `centred` takes that mean off,
 *
 *     map(pixel) = sum over masks of (score - mean score) * mask(pixel) / (masks * probability)
 *
 * so that positive is what helps the class and negative what harms it; chance, by which some pixels were seen more often
 * than others, then weighs less too. A signal has a row of cells, a volume a block of them.
 *
 * Forward passes: one for each mask.
 *
 * @throws UserError `usage` for options that make no masks
 */
export function rise(options: RiseOptions = {}): Perturbation {
  return async (context) => {
    const { image } = context.scorer;
    const { masks, cells, probability, centred } = riseParameters(image, options);
    const random = createRandom(context.seed, hashPicture(context.picture));
    const pixels = placeCount(image);
    const sums = context.targets.map(() => new Float64Array(pixels));
    const seen = new Float64Array(pixels);
    const totals = context.targets.map(() => 0);
    const drawn = riseMasks(random, image, { masks, cells, probability });
    for await (const { item: mask, values } of scored(context, masks, drawn, (one) => masked(context, one))) {
      addScaled(seen, mask, 1);
      for (const [k, sum] of sums.entries()) {
        const value = values[k] ?? 0;
        totals[k] = (totals[k] ?? 0) + value;
        addScaled(sum, mask, value);
      }
    }
    return sums.map((sum, k) => {
      const mean = centred ? (totals[k] ?? 0) / masks : 0;
      return Float32Array.from(
        sum,
        (value, pixel) => (value - mean * (seen[pixel] ?? 0)) / (masks * probability),
      );
    });
  };
}

/** The options with their defaults. @throws UserError `usage` */
export function riseParameters(shape: PlaceShape, options: RiseOptions = {}): RiseParameters {
  const places = placesOfShape(shape);
  const axes = placeAxes(shape);
  const sides = axes.map((axis) => places[axis]);
  // The grid of a picture is square; along shorter sides of a volume there are fewer cells.
  const most = axes.length === 2 ? Math.min(...sides) : Math.max(...sides);
  const usual = { 1: 49, 2: 7 }[axes.length] ?? 4;
  const { masks = 1000, cells = Math.min(usual, most), probability = 0.5, centred = false } = options;
  integer("rise", "masks", masks, 1, limit("samples"));
  integer("rise", "cells", cells, 1, most);
  if (!(probability > 0 && probability < 1)) {
    throw new UserError(
      "usage",
      `rise: the probability that a cell is seen must be between 0 and 1; got ${probability}.`,
    );
  }
  return { masks, cells, probability, centred };
}

/** Draws masks one after the other: a number from 0 to 1 for each place. */
export function* riseMasks(
  random: Random,
  shape: PlaceShape,
  { masks, cells, probability }: Pick<RiseParameters, "masks" | "cells" | "probability">,
): Generator<Float64Array> {
  const places = placesOfShape(shape);
  const axes = placeAxes(shape);
  const along = (of: (axis: PlaceAxis) => number): Places => ({
    ...{ depth: 1, height: 1, width: 1 },
    ...Object.fromEntries(axes.map((axis) => [axis, of(axis)])),
  });
  const count = along((axis) => Math.min(cells, places[axis]));
  const cell = along((axis) => Math.ceil(places[axis] / count[axis]));
  const upsample = linear(
    count,
    along((axis) => (count[axis] + 1) * cell[axis]),
  );
  for (let i = 0; i < masks; i += 1) {
    const grid = Uint8Array.from({ length: placeCount(count) }, () =>
      random.uniform() < probability ? 1 : 0,
    );
    const [first, second, third] = axes.map((axis) => random.below(cell[axis]));
    const corner = [0, 0, 0, first, second, third].filter((at) => at !== undefined).slice(-3);
    const [front = 0, top = 0, left = 0] = corner;
    yield upsample(grid, { front, top, left, ...places });
  }
}

function addScaled(sum: Float64Array, mask: Float64Array, factor: number): void {
  for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + factor * (mask[i] ?? 0);
}
