/** Occlusion: how much a score drops when a square is hidden. */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import type { PictureSize } from "../../input-port/input-port.ts";
import { masked } from "../masking/masked.ts";
import { scored, targetScores } from "../masking/scored.ts";
import { integer, type Options } from "../option-checks.ts";
import type { Perturbation } from "../perturbation.ts";

export interface OcclusionParameters {
  /** Side of the square in pixels; default an eighth of the picture's shorter side. */
  readonly window: number;
  /** Pixels from one square to the next; default half the window. */
  readonly stride: number;
}

export type OcclusionOptions = Options<OcclusionParameters>;

/**
 * Zeiler and Fergus, Visualizing and Understanding Convolutional Networks (2014), section 4.2.
 *
 * A square slides over the picture; where the last one would end before the picture does, one more lies flush with the
 * edge. A pixel's number is the mean of `score of the picture - score without the square` over the squares that hide it:
 * a difference of scores, negative where hiding helps the class.
 *
 * Forward passes: one for each square.
 *
 * @throws UserError `usage` for a square that does not fit, or strides that leave pixels out
 */
export function occlusion(options: OcclusionOptions = {}): Perturbation {
  return async (context) => {
    const { image } = context.scorer;
    const { window, stride } = occlusionParameters(image, options);
    const pixels = image.height * image.width;
    const sums = context.targets.map(() => new Float64Array(pixels));
    const covered = new Float64Array(pixels);
    const unhidden = targetScores(context, context.scores);
    const squares = squaresOf(image, window, stride);
    const pictureOf = (square: Square) => masked(context, maskOf(square, image));
    for await (const { item: square, values } of scored(context, squares.length, squares, pictureOf)) {
      for (const pixel of pixelsOf(square, image)) {
        covered[pixel] = (covered[pixel] ?? 0) + 1;
        for (const [k, sum] of sums.entries()) {
          sum[pixel] = (sum[pixel] ?? 0) + (unhidden[k] ?? 0) - (values[k] ?? 0);
        }
      }
    }
    return sums.map((sum) => Float32Array.from(sum, (value, pixel) => value / (covered[pixel] ?? 1)));
  };
}

/** The options with their defaults for a size of pictures. @throws UserError `usage` */
export function occlusionParameters(
  { height, width }: PictureSize,
  options: OcclusionOptions = {},
): OcclusionParameters {
  const shorter = Math.min(height, width);
  const window = options.window ?? Math.max(1, Math.round(shorter / 8));
  integer("occlusion", "window", window, 1, shorter);
  const stride = options.stride ?? Math.max(1, Math.round(window / 2));
  integer("occlusion", "stride", stride, 1);
  if (stride > window) {
    throw new UserError(
      "usage",
      `occlusion: a stride of ${stride} with a window of ${window} leaves pixels that are never hidden.`,
      { subject: { option: "stride" }, remedies: [textRemedy(`take a stride of at most ${window}`)] },
    );
  }
  return { window, stride };
}

/** How many squares hide a part of a picture. */
export function occlusionSquares(image: PictureSize, options: OcclusionOptions = {}): number {
  const { window, stride } = occlusionParameters(image, options);
  return starts(image.height, window, stride).length * starts(image.width, window, stride).length;
}

interface Square {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

function starts(length: number, window: number, stride: number): number[] {
  const count = Math.ceil((length - window) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, length - window));
}

function squaresOf({ height, width }: PictureSize, side: number, stride: number): Square[] {
  return starts(height, side, stride).flatMap((top) =>
    starts(width, side, stride).map((left) => ({ top, left, side })),
  );
}

function* pixelsOf({ top, left, side }: Square, { width }: PictureSize): Generator<number> {
  for (let y = top; y < top + side; y += 1) {
    for (let x = left; x < left + side; x += 1) yield y * width + x;
  }
}

function maskOf(square: Square, image: PictureSize): Float64Array {
  const mask = new Float64Array(image.height * image.width).fill(1);
  for (const pixel of pixelsOf(square, image)) mask[pixel] = 0;
  return mask;
}
