import { placeCount, strides } from "../../grid/grid.ts";
import type { PerturbationContext } from "../perturbation.ts";

/**
 * `picture * mask + fill * (1 - mask)`, the same mask for every channel.
 *
 * @param mask one number per place, row by row: 1 leaves the place as it is, 0 hides it
 */
export function masked(
  { picture, fill, scorer: { image } }: Pick<PerturbationContext, "picture" | "fill" | "scorer">,
  mask: Float64Array,
): Float32Array {
  const places = placeCount(image);
  const step = strides(image);
  const result = new Float32Array(picture.length);
  for (let channel = 0; channel < image.channels; channel += 1) {
    const hidden = fill[channel] ?? 0;
    for (let place = 0; place < places; place += 1) {
      const at = channel * step.channel + place * step.place;
      const seen = mask[place] ?? 0;
      result[at] = (picture[at] ?? 0) * seen + hidden * (1 - seen);
    }
  }
  return result;
}
