/** Score-CAM: a layer's channels, weighted by what the network says of the picture seen through each. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { placeCount } from "../../grid/grid.ts";
import { placesOfShape } from "../../grid/place-axes.ts";
import { linear } from "../masking/linear.ts";
import { masked } from "../masking/masked.ts";
import { scored } from "../masking/scored.ts";
import type { Perturbation } from "../perturbation.ts";

/** What a layer says of the picture. */
export interface LayerActivations {
  /** [channels, depth, height, width], row-major. */
  readonly values: Float32Array;
  readonly channels: number;
  /** Planes of a volume; left out, 1. */
  readonly depth?: number | undefined;
  readonly height: number;
  readonly width: number;
}

/** Options of Score-CAM. */
export interface ScoreCamOptions {
  readonly activations: LayerActivations;
}

/**
 * Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks (2020), Algorithm 1.
 *
 * Each channel A of the layer, upsampled linearly along each axis and scaled to 0..1 by its smallest and largest number, becomes a mask
 * (Eq. 4-6). With the increase C = score(picture seen through it) - score(nothing seen), the map is
 *
 *     ReLU(sum over channels of softmax(C) A)      (Eq. 7, 8), upsampled likewise
 *
 * The score of the hidden picture is the same for all channels and falls out of the softmax, so it is not computed. A
 * channel that is the same everywhere can be no mask, and gets no weight. What was at the edge of the layer's map is taken
 * to be at the edge of the picture.
 *
 * A number is never negative and has the unit of the layer's activations. Probabilities, which lie between 0 and 1, give
 * nearly equal weights; logits separate channels more sharply.
 *
 * Forward passes: one for each channel that is not the same everywhere.
 *
 * @throws UserError `usage` for activations that are not what their sizes say
 */
export function scoreCam({ activations }: ScoreCamOptions): Perturbation {
  return async (context) => {
    const { image } = context.scorer;
    const channels = uneven(activations);
    const upsample = linear(activations, image);
    const maskOf = (channel: Float32Array) => unitRange(upsample(channel));
    const scores = context.targets.map((): number[] => []);
    const pictureOf = (channel: Float32Array) => masked(context, maskOf(channel));
    for await (const { values } of scored(context, channels.length, channels, pictureOf)) {
      for (const [k, of] of scores.entries()) of.push(values[k] ?? 0);
    }
    return scores.map((of) => {
      const weights = softmax(of);
      const sum = new Float64Array(placeCount(placesOfShape(activations)));
      for (const [c, channel] of channels.entries()) {
        for (const [i, value] of channel.entries()) sum[i] = (sum[i] ?? 0) + (weights[c] ?? 0) * value;
      }
      return Float32Array.from(upsample(sum.map((value) => Math.max(value, 0))));
    });
  };
}

/** The channels that are not the same everywhere. */
function uneven(activations: LayerActivations): Float32Array[] {
  const { values, channels, depth, height, width } = activations;
  const places = placeCount(placesOfShape(activations));
  const sizes = [channels, ...(depth === undefined ? [] : [depth]), height, width];
  if (!sizes.every((size) => Number.isInteger(size) && size > 0) || values.length !== channels * places) {
    const names = ["channels", ...(depth === undefined ? [] : ["depth"]), "height", "width"];
    throw new UserError(
      "usage",
      `score-cam: activations of ${sizes.join(" x ")} (${names.join(" x ")}) must be ${channels * places} numbers; got ${values.length}.`,
    );
  }
  return Array.from({ length: channels }, (_, c) => values.subarray(c * places, (c + 1) * places)).filter(
    (channel) => channel.some((value) => value !== channel[0]),
  );
}

function unitRange(values: Float64Array): Float64Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Where the layer's map is larger than the picture, what differs may be left out.
  const scale = high > low ? 1 / (high - low) : 0;
  for (let i = 0; i < values.length; i += 1) values[i] = ((values[i] ?? 0) - low) * scale;
  return values;
}

function softmax(values: readonly number[]): number[] {
  const largest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
