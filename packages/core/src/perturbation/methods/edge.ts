/** What an edge detector would say, without any network: the baseline that a method must differ from. */

import { type Places, placeCount, strides } from "../../grid/grid.ts";
import { type PlaceAxis, placeAxes } from "../../grid/place-axes.ts";
import { checkContext } from "../check-context.ts";
import type { Perturbation } from "../perturbation.ts";

/** A filter along all axes: the places that it looks at, from the one in its middle, and their weights. */
type Filter = readonly {
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly weight: number;
}[];

/**
 * The magnitude of the gradient of the channels' mean, by the filters of Sobel and Feldman (1968): along each axis a central
 * difference, smoothed by 1, 2, 1 along the others, in such units that a ramp gets its slope. Places beyond the border are
 * like those at it. In input units per place, never negative, the same for every target. Adebayo et al., Sanity Checks for
 * Saliency Maps (2018), compare methods with such a picture.
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
    const { channels, depth, height, width } = image;
    const step = strides(image);
    const grey = Float64Array.from({ length: placeCount(image) }, (_, place) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1) {
        sum += picture[channel * step.channel + place * step.place] ?? 0;
      }
      return sum / channels;
    });
    const clamp = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
    const axes = placeAxes(image);
    // Width first, as ever: the order decides the last bit.
    const filters = [...axes]
      .reverse()
      .map((axis) => ({ up: sobel(axes, axis, 1), down: sobel(axes, axis, -1) }));
    const scale = 2 * 4 ** (axes.length - 1);
    const map = Float32Array.from({ length: grey.length }, (_, place) => {
      const z = Math.floor(place / (height * width));
      const [y, x] = [Math.floor(place / width) % height, place % width];
      const smoothed = (filter: Filter) => {
        let sum = 0;
        for (const at of filter) {
          const row = clamp(z + at.z, depth) * height + clamp(y + at.y, height);
          sum += at.weight * (grey[row * width + clamp(x + at.x, width)] ?? 0);
        }
        return sum;
      };
      return Math.hypot(...filters.map(({ up, down }) => smoothed(up) - smoothed(down))) / scale;
    });
    return targets.map(() => map.slice());
  };
}

/** One side of the difference along an axis, in row-major order. */
function sobel(axes: readonly PlaceAxis[], along: PlaceAxis, side: 1 | -1): Filter {
  const offsets = (axis: keyof Places): readonly (readonly [at: number, weight: number])[] => {
    if (axis === along) return [[side, 1]];
    if (!axes.includes(axis)) return [[0, 1]];
    return [
      [-1, 1],
      [0, 2],
      [1, 1],
    ];
  };
  return offsets("depth").flatMap(([z, back]) =>
    offsets("height").flatMap(([y, down]) =>
      offsets("width").map(([x, right]) => ({ z, y, x, weight: back * down * right })),
    ),
  );
}
