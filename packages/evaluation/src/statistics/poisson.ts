import { createRandom } from "@onnx-lrp/core/internal";
import { charCodes } from "../char-codes.ts";

/** The cumulative Poisson distribution of mean 1: entry k is the probability of at most k. */
const cumulative = (() => {
  const table: number[] = [];
  let [term, sum] = [Math.exp(-1), 0];
  for (let k = 0; sum < 1 && k < 20; k += 1) {
    sum += term;
    term /= k + 1;
    table.push(sum);
  }
  return Float64Array.from(table);
})();

/** An integer from the Poisson distribution of mean 1. @param uniform from 0 up to, but without, 1 */
function poisson(uniform: number): number {
  let k = 0;
  while (k < cumulative.length - 1 && uniform >= (cumulative[k] ?? 1)) k += 1;
  return k;
}

/**
 * How often a picture counts in each replicate: independent numbers from the Poisson distribution of mean 1. They depend on the
 * seed and the picture's name alone, so that every method and metric sees the same replicates.
 *
 * @param into one place a replicate
 */
export function poissonWeights(seed: number, id: string, into: Float64Array): void {
  const random = createRandom(seed, ...charCodes(id));
  for (let replicate = 0; replicate < into.length; replicate += 1)
    into[replicate] = poisson(random.uniform());
}
