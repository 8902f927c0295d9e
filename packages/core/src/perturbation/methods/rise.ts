/** RISE: the mean score of randomly hidden pictures in which a pixel is seen. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { PictureSize } from "../../input-port/input-port.ts";
import { createRandom, hashPicture, type Random } from "../../random.ts";
import { bilinear } from "../masking/bilinear.ts";
import { masked } from "../masking/masked.ts";
import { scored } from "../masking/scored.ts";
import { integer, type Options } from "../option-checks.ts";
import type { Perturbation } from "../perturbation.ts";

export interface RiseParameters {
  /** Default 1000. The paper takes 4000 for VGG16 and 8000 for ResNet50. */
  readonly masks: number;
  /** Cells of the random grid along each side; default 7, or as many as a smaller picture has pixels. */
  readonly cells: number;
  /** That a cell is seen; default 0.5. */
  readonly probability: number;
  /** Whether the mean score of all masked pictures is taken off each score; default no, as in the paper. */
  readonly centred: boolean;
}

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
 * than others, then weighs less too.
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
    const pixels = image.height * image.width;
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
export function riseParameters(image: PictureSize, options: RiseOptions = {}): RiseParameters {
  const shorter = Math.min(image.height, image.width);
  const { masks = 1000, cells = Math.min(7, shorter), probability = 0.5, centred = false } = options;
  integer("rise", "masks", masks, 1);
  integer("rise", "cells", cells, 1, shorter);
  if (!(probability > 0 && probability < 1)) {
    throw new UserError(
      "usage",
      `rise: the probability that a cell is seen must be between 0 and 1; got ${probability}.`,
    );
  }
  return { masks, cells, probability, centred };
}

/** Draws masks one after the other: a number from 0 to 1 a pixel. */
export function* riseMasks(
  random: Random,
  { height, width }: PictureSize,
  { masks, cells, probability }: Pick<RiseParameters, "masks" | "cells" | "probability">,
): Generator<Float64Array> {
  const cell = { height: Math.ceil(height / cells), width: Math.ceil(width / cells) };
  const upsample = bilinear(
    { height: cells, width: cells },
    { height: (cells + 1) * cell.height, width: (cells + 1) * cell.width },
  );
  for (let i = 0; i < masks; i += 1) {
    const grid = Uint8Array.from({ length: cells * cells }, () => (random.uniform() < probability ? 1 : 0));
    const top = random.below(cell.height);
    const left = random.below(cell.width);
    yield upsample(grid, { top, left, height, width });
  }
}

function addScaled(sum: Float64Array, mask: Float64Array, factor: number): void {
  for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + factor * (mask[i] ?? 0);
}
