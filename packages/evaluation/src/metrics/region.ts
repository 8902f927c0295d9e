import type { MetricContext } from "../types.ts";

export interface PixelRegion {
  /** One number per pixel, not 0 inside. */
  readonly inside: Uint8Array;
  /** Pixels inside; at least one. */
  readonly area: number;
}

/** The object's pixels; undefined if they are unknown, or if nothing of the object is left in the picture. */
export function regionOf({ item }: Pick<MetricContext, "item">): PixelRegion | undefined {
  if (item.inside === undefined) return undefined;
  let area = 0;
  for (const pixel of item.inside) if (pixel !== 0) area += 1;
  return area === 0 ? undefined : { inside: item.inside, area };
}

/** The share of the picture that the object covers: the expected score of a random pixel. */
export function areaShare({ inside, area }: PixelRegion): number {
  return area / inside.length;
}
