/**
 * Linear resizing along every axis with half-pixel centres and clamped edges, as in PyTorch (`align_corners=False`) and
 * ONNX Resize (`half_pixel`): the centre of place i of n lies at (i + 1/2) / n of the side.
 */

import { type PlaceShape, placesOfShape } from "../../grid/place-axes.ts";
import { type Tap, taps } from "../../taps.ts";
import type { Block } from "./block.ts";

/** Lines of numbers along one axis: `blocks` times `length` times `inner`, row-major. */
interface Lines {
  readonly blocks: number;
  readonly length: number;
  readonly inner: number;
}

/** Makes a function that resizes maps of one size, row-major, and cuts a block out of the result; default all of it. */
export function linear(
  from: PlaceShape,
  to: PlaceShape,
): (values: ArrayLike<number>, block?: Block) => Float64Array {
  const [old, now] = [placesOfShape(from), placesOfShape(to)];
  const [planes, rows, columns] = [
    taps(old.depth, now.depth),
    taps(old.height, now.height),
    taps(old.width, now.width),
  ];
  return (values, block = { front: 0, top: 0, left: 0, ...now }) => {
    const { front, top, left, depth, height, width } = block;
    const wide = along(values, columns.slice(left, left + width), {
      blocks: old.depth * old.height,
      length: old.width,
      inner: 1,
    });
    const high = along(wide, rows.slice(top, top + height), {
      blocks: old.depth,
      length: old.height,
      inner: width,
    });
    if (old.depth === 1 && depth === 1) return high;
    return along(high, planes.slice(front, front + depth), {
      blocks: 1,
      length: old.depth,
      inner: height * width,
    });
  };
}

function along(
  values: ArrayLike<number>,
  places: readonly Tap[],
  { blocks, length, inner }: Lines,
): Float64Array {
  const result = new Float64Array(blocks * places.length * inner);
  for (let block = 0; block < blocks; block += 1) {
    const start = block * length * inner;
    for (const [i, { low, high, part }] of places.entries()) {
      const to = (block * places.length + i) * inner;
      for (let at = 0; at < inner; at += 1) {
        result[to + at] =
          (values[start + low * inner + at] ?? 0) * (1 - part) +
          (values[start + high * inner + at] ?? 0) * part;
      }
    }
  }
  return result;
}
