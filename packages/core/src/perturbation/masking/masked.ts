import type { PerturbationContext } from "../perturbation.ts";

/**
 * `picture * mask + fill * (1 - mask)`, the same mask for every channel.
 *
 * @param mask a number a pixel, row by row: 1 leaves the pixel as it is, 0 hides it
 */
export function masked(
  { picture, fill, scorer: { image } }: Pick<PerturbationContext, "picture" | "fill" | "scorer">,
  mask: Float64Array,
): Float32Array {
  const { channels, layout } = image;
  const pixels = image.height * image.width;
  const result = new Float32Array(picture.length);
  const [ofChannel, ofPixel] = layout === "nchw" ? [pixels, 1] : [1, channels];
  for (let channel = 0; channel < channels; channel += 1) {
    const hidden = fill[channel] ?? 0;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const at = channel * ofChannel + pixel * ofPixel;
      const seen = mask[pixel] ?? 0;
      result[at] = (picture[at] ?? 0) * seen + hidden * (1 - seen);
    }
  }
  return result;
}
