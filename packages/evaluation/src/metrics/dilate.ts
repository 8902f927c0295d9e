import type { PictureSize } from "@onnx-lrp/core";

/**
 * All pixels within a distance of a region, including the region.
 *
 * @param inside one number per pixel, row by row, not 0 in the region
 * @param radius in pixels, Euclidean, from pixel centre to pixel centre
 * @returns 1 if a pixel of the region is within the radius, otherwise 0
 */
export function dilate(inside: Uint8Array, { width, height }: PictureSize, radius: number): Uint8Array {
  const across = rowDistances(inside, width, height);
  const near = new Uint8Array(inside.length);
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(y - radius, 0), Math.min(y + radius, height - 1)];
    for (let row = top; row <= bottom; row += 1) {
      const reach = radius ** 2 - (row - y) ** 2;
      for (let x = 0; x < width; x += 1) {
        if ((across[row * width + x] ?? 0) ** 2 <= reach) near[y * width + x] = 1;
      }
    }
  }
  return near;
}

/** For each pixel the distance to the nearest pixel of the region in its row. */
function rowDistances(inside: Uint8Array, width: number, height: number): Float64Array {
  const distances = new Float64Array(inside.length).fill(Number.POSITIVE_INFINITY);
  const sweep = (from: number, step: number) => {
    let distance = Number.POSITIVE_INFINITY;
    for (let i = 0, at = from; i < width; i += 1, at += step) {
      distance = inside[at] !== 0 ? 0 : distance + 1;
      distances[at] = Math.min(distances[at] ?? 0, distance);
    }
  };
  for (let y = 0; y < height; y += 1) {
    sweep(y * width, 1);
    sweep((y + 1) * width - 1, -1);
  }
  return distances;
}
