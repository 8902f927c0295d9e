/** Inputs as networks take them, changed place by place; a pixel is a place of whatever input. */
import type { InputPort, Scorer } from "@onnx-lrp/core";
import { placeAxes, strides } from "@onnx-lrp/core/internal";

/** The position of the number of a channel at a place; places count row-major. */
export function place(image: InputPort, pixel: number, channel: number): number {
  const step = strides(image);
  return channel * step.channel + pixel * step.place;
}

/** Places along the shortest axis of an input: a signal's length, a picture's shorter side. */
export function shortestSide(image: InputPort): number {
  return Math.min(...placeAxes(image).map((axis) => image[axis]));
}

/** Gives a pixel of `picture` a colour, one number per channel. */
export function paint(
  picture: Float32Array,
  image: InputPort,
  pixel: number,
  colour: readonly number[],
): void {
  for (let channel = 0; channel < image.channels; channel += 1) {
    picture[place(image, pixel, channel)] = colour[channel] ?? 0;
  }
}

/** Gives a pixel of `picture` the colour that it has in `from`. */
export function copyPixel(picture: Float32Array, image: InputPort, pixel: number, from: Float32Array): void {
  for (let channel = 0; channel < image.channels; channel += 1) {
    const at = place(image, pixel, channel);
    picture[at] = from[at] ?? 0;
  }
}

/** A block of places: a rectangle of pixels, which lies in the first plane; the far edges are exclusive. */
export interface Patch {
  readonly front: number;
  readonly top: number;
  readonly left: number;
  readonly back: number;
  readonly bottom: number;
  readonly right: number;
}

/** The places of a patch, row-major. */
export function* placesOfPatch(
  { front, top, left, back, bottom, right }: Patch,
  { width, height }: Pick<InputPort, "width" | "height">,
): Generator<number> {
  for (let z = front; z < back; z += 1) {
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) yield (z * height + y) * width + x;
    }
  }
}

/** A copy of the input with a patch in one colour. */
export function withPatch(
  picture: Float32Array,
  image: InputPort,
  patch: Patch,
  colour: readonly number[],
): Float32Array {
  const copy = picture.slice();
  for (const pixel of placesOfPatch(patch, image)) paint(copy, image, pixel, colour);
  return copy;
}

/**
 * The scores of a class for many pictures, of which only one batch is in memory at a time.
 *
 * @param pictures made one after another; each must be its own array
 * @param kind the class's logit or its probability
 */
export async function scoresOf(
  scorer: Scorer,
  pictures: Iterable<Float32Array>,
  target: number,
  kind: "logits" | "probabilities",
): Promise<number[]> {
  const found: number[] = [];
  let group: Float32Array[] = [];
  const flush = async () => {
    for (const scores of await scorer.score(group)) found.push(scores[kind][target] ?? Number.NaN);
    group = [];
  };
  for (const picture of pictures) {
    group.push(picture);
    if (group.length >= scorer.batchSize) await flush();
  }
  if (group.length > 0) await flush();
  return found;
}
