import type { Model } from "../model.ts";

/** What a pass returns: the model after it, and a sentence for each thing it changed. */
export interface PassResult {
  readonly model: Model;
  readonly changed: readonly string[];
  /**
   * What the pass made another function of, beyond rounding: `dequantized` when the rounding of activations to integers
   * was taken out. Left out where the network computes what it did.
   */
  readonly altered?: "dequantized";
}
