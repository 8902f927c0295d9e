/** Pictures as networks take them, changed pixel by pixel. */
import type { InputPort, Scorer } from "@onnx-lrp/core";

/** Where the number of a channel at a pixel stands; pixels count row by row from the top left. */
export function place(image: InputPort, pixel: number, channel: number): number {
  return image.layout === "nchw"
    ? channel * image.height * image.width + pixel
    : pixel * image.channels + channel;
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

/** A rectangle of pixels; the far edges are exclusive. */
export interface Patch {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A copy of the picture with a rectangle in one colour. */
export function withPatch(
  picture: Float32Array,
  image: InputPort,
  { left, top, right, bottom }: Patch,
  colour: readonly number[],
): Float32Array {
  const copy = picture.slice();
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) paint(copy, image, y * image.width + x, colour);
  }
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
