/** Blocks of places: a stretch of a signal, a rectangle of a picture, a box of a volume. */
import type { Places } from "../../grid/grid.ts";

/** A block by its first place and its sizes. */
export interface Block extends Places {
  readonly front: number;
  readonly top: number;
  readonly left: number;
}

/** The block's places, row-major, as they are numbered in the whole. */
export function* placesIn(
  { front, top, left, depth, height, width }: Block,
  whole: Places,
): Generator<number> {
  for (let z = front; z < front + depth; z += 1) {
    for (let y = top; y < top + height; y += 1) {
      for (let x = left; x < left + width; x += 1) yield (z * whole.height + y) * whole.width + x;
    }
  }
}
