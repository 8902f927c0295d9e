/** Occlusion: how much a score drops when a window is hidden. */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { type Places, placeCount } from "../../grid/grid.ts";
import { type PerAxis, type PlaceShape, perAxis, placeAxes, placesOfShape } from "../../grid/place-axes.ts";
import { type Block, placesIn } from "../masking/block.ts";
import { masked } from "../masking/masked.ts";
import { scored, targetScores } from "../masking/scored.ts";
import { integer, type Options } from "../option-checks.ts";
import type { Perturbation } from "../perturbation.ts";

export interface OcclusionParameters {
  /**
   * Places along each side of the window: one number for all axes, or one for each; cut to axes that are shorter, but for
   * one number and a picture, whose square must fit. Default an eighth of a picture's shorter side, a 32nd of a signal, a
   * quarter of each side of a volume, which all make a like number of windows.
   */
  readonly window: PerAxis;
  /** Places from one window to the next along each axis; default half the window. */
  readonly stride: PerAxis;
}

/** Options of occlusion. */
export type OcclusionOptions = Options<OcclusionParameters>;

/**
 * Zeiler and Fergus, Visualizing and Understanding Convolutional Networks (2014), section 4.2, along every axis of places.
 *
 * A window slides over the input; where the last one would end before the input does, one more lies flush with the
 * edge. A place's number is the mean of `score of the input - score without the window` over the windows that hide it:
 * a difference of scores, negative where hiding helps the class.
 *
 * Forward passes: one for each window.
 *
 * @throws UserError `usage` for a window that does not fit, or strides that leave places out
 */
export function occlusion(options: OcclusionOptions = {}): Perturbation {
  return async (context) => {
    const { image } = context.scorer;
    const { window, stride } = resolve(image, options);
    const places = placeCount(image);
    const sums = context.targets.map(() => new Float64Array(places));
    const covered = new Float64Array(places);
    const unhidden = targetScores(context, context.scores);
    const windows = windowsOf(image, window, stride);
    const pictureOf = (block: Block) => masked(context, maskOf(block, image));
    for await (const { item: block, values } of scored(context, windows.length, windows, pictureOf)) {
      for (const place of placesIn(block, image)) {
        covered[place] = (covered[place] ?? 0) + 1;
        for (const [k, sum] of sums.entries()) {
          sum[place] = (sum[place] ?? 0) + (unhidden[k] ?? 0) - (values[k] ?? 0);
        }
      }
    }
    return sums.map((sum) => Float32Array.from(sum, (value, place) => value / (covered[place] ?? 1)));
  };
}

/** The options with their defaults for an input of some size. @throws UserError `usage` */
export function occlusionParameters(shape: PlaceShape, options: OcclusionOptions = {}): OcclusionParameters {
  const { window, stride } = resolve(shape, options);
  return { window: perAxis(shape, window), stride: perAxis(shape, stride) };
}

/** How many windows hide a part of an input. */
export function occlusionWindows(shape: PlaceShape, options: OcclusionOptions = {}): number {
  const { window, stride } = resolve(shape, options);
  return windowsOf(placesOfShape(shape), window, stride).length;
}

interface Resolved {
  readonly window: Places;
  readonly stride: Places;
}

function resolve(shape: PlaceShape, options: OcclusionOptions): Resolved {
  const places = placesOfShape(shape);
  const axes = placeAxes(shape);
  const shortest = Math.min(...axes.map((axis) => places[axis]));
  const fit = axes.length === 2 && typeof options.window === "number" ? shortest : undefined;
  const window = eachAxis(shape, "window", options.window, fit, (axis) => {
    const share = { 1: 32, 2: 8 }[axes.length] ?? 4;
    return Math.max(1, Math.round((axes.length === 2 ? shortest : places[axis]) / share));
  });
  const stride = eachAxis(shape, "stride", options.stride, undefined, (axis) =>
    Math.max(1, Math.round(window[axis] / 2)),
  );
  const wide = axes.find((axis) => stride[axis] > window[axis]);
  if (wide !== undefined) {
    throw new UserError(
      "usage",
      `occlusion: a stride of ${stride[wide]} with a window of ${window[wide]} leaves pixels that are never hidden.`,
      {
        subject: { option: "stride" },
        remedies: [textRemedy(`take a stride of at most ${window[wide]}`)],
      },
    );
  }
  return { window, stride };
}

/** An option along each axis, cut to the input; 1 along axes that the input does not have. */
function eachAxis(
  shape: PlaceShape,
  option: string,
  given: PerAxis | undefined,
  most: number | undefined,
  usual: (axis: keyof Places) => number,
): Places {
  const places = placesOfShape(shape);
  const axes = placeAxes(shape);
  const numbers = typeof given === "number" ? axes.map(() => given) : given;
  if (numbers !== undefined && numbers.length !== axes.length) {
    throw new UserError(
      "usage",
      `occlusion: ${option} takes one number, or one for each axis (${axes.join(", ")}); got ${numbers.length}.`,
    );
  }
  const values = { depth: 1, height: 1, width: 1 };
  for (const [i, axis] of axes.entries()) {
    const number = numbers?.[i];
    values[axis] =
      number === undefined
        ? usual(axis)
        : Math.min(integer("occlusion", option, number, 1, most), places[axis]);
  }
  return values;
}

function starts(length: number, window: number, stride: number): number[] {
  const count = Math.ceil((length - window) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, length - window));
}

function windowsOf(places: Places, window: Places, stride: Places): Block[] {
  const along = (axis: keyof Places) => starts(places[axis], window[axis], stride[axis]);
  return along("depth").flatMap((front) =>
    along("height").flatMap((top) => along("width").map((left) => ({ front, top, left, ...window }))),
  );
}

function maskOf(block: Block, places: Places): Float64Array {
  const mask = new Float64Array(placeCount(places)).fill(1);
  for (const place of placesIn(block, places)) mask[place] = 0;
  return mask;
}
