import type { Random } from "@onnx-lrp/core/internal";

/**
 * All pixels from the largest value to the smallest. Ties are in a random order: row by row they would be
 * a picture's upper part, and a constant map would not be uninformed.
 */
export function pixelOrder(values: Float32Array, random: Random): Uint32Array {
  const order = Uint32Array.from(values.keys());
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    const pixel = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = pixel;
  }
  // Sorting is stable: equal pixels stay shuffled.
  return order.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
}
