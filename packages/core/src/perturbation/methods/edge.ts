/** What an edge detector would say, without any network: the baseline that a method must differ from. */
import { checkContext } from "../check-context.ts";
import type { Perturbation } from "../perturbation.ts";

/**
 * The magnitude of the gradient of the channels' mean, by the filters of Sobel and Feldman (1968), over 8 so that a ramp
 * gets its slope; pixels beyond the border are like those at it. In input units a pixel, never negative, the same for
 * every target. Adebayo et al., Sanity Checks for Saliency Maps (2018), compare methods with such a picture.
 *
 * Forward passes: none.
 */
export function edge(): Perturbation {
  return async (context) => {
    checkContext(context);
    const {
      picture,
      targets,
      scorer: { image },
    } = context;
    const { channels, height, width, layout } = image;
    const pixels = height * width;
    const grey = Float64Array.from({ length: pixels }, (_, pixel) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1) {
        sum += picture[layout === "nchw" ? channel * pixels + pixel : pixel * channels + channel] ?? 0;
      }
      return sum / channels;
    });
    const at = (y: number, x: number) =>
      grey[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)] ?? 0;
    const map = Float32Array.from({ length: pixels }, (_, pixel) => {
      const [y, x] = [Math.floor(pixel / width), pixel % width];
      const right = at(y - 1, x + 1) + 2 * at(y, x + 1) + at(y + 1, x + 1);
      const left = at(y - 1, x - 1) + 2 * at(y, x - 1) + at(y + 1, x - 1);
      const below = at(y + 1, x - 1) + 2 * at(y + 1, x) + at(y + 1, x + 1);
      const above = at(y - 1, x - 1) + 2 * at(y - 1, x) + at(y - 1, x + 1);
      return Math.hypot(right - left, below - above) / 8;
    });
    return targets.map(() => map.slice());
  };
}
