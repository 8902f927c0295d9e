import { createRandom } from "@onnx-lrp/core/internal";
import type { DataSet, Item } from "../types.ts";

/**
 * Some of the data set's items, in its order: a reproducible random choice with a seed, the first ones without. A
 * smaller sample of the same seed is part of the larger one.
 *
 * @param limit maximum number; all if left out
 */
export function sampleItems(
  { items }: Pick<DataSet, "items">,
  { limit, seed }: { readonly limit?: number | undefined; readonly seed?: number | undefined },
): readonly Item[] {
  if (limit === undefined || limit >= items.length) return items;
  if (seed === undefined) return items.slice(0, limit);
  // The first `limit` places of Fisher and Yates' shuffle.
  const random = createRandom(seed);
  const places = items.map((_, i) => i);
  for (let i = 0; i < limit; i++) {
    const other = i + random.below(places.length - i);
    const [a = 0, b = 0] = [places[i], places[other]];
    places[i] = b;
    places[other] = a;
  }
  const chosen = new Set(places.slice(0, limit));
  return items.filter((_, i) => chosen.has(i));
}
