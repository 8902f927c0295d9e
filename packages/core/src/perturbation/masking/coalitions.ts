/** Pictures of which only some segments are seen. */

import type { PerturbationContext } from "../perturbation.ts";
import type { Superpixels } from "./connected.ts";
import { masked } from "./masked.ts";

/** A number a segment: 1 where it is seen, 0 where it is hidden. */
export type Coalition = Uint8Array;

/** The picture with the segments outside the coalition hidden. */
export function pictureOfCoalition(
  context: PerturbationContext,
  { labels }: Superpixels,
  coalition: Coalition,
): Float32Array {
  const mask = new Float64Array(labels.length);
  for (let pixel = 0; pixel < mask.length; pixel += 1) mask[pixel] = coalition[labels[pixel] ?? -1] ?? 0;
  return masked(context, mask);
}

/** A map that has each segment's value on each of its pixels. */
export function paintSegments({ labels }: Superpixels, values: Float64Array): Float32Array {
  return Float32Array.from(labels, (label) => values[label] ?? 0);
}
