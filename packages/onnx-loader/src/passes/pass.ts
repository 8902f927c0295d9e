import type { Model } from "../model.ts";

/** What a pass returns: the model after it, and a sentence for each thing it changed. */
export interface PassResult {
  readonly model: Model;
  readonly changed: readonly string[];
}
