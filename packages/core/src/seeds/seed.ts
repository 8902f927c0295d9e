import type { Tape } from "@onnx-lrp/onnx-loader";

/** What a seed is made from. All tensors are float32 but where said. */
export interface SeedContext {
  readonly tape: Tape;
  readonly classes: number;
  /** [N, classes] */
  readonly logits: string;
  /** [K, N, classes], bool: true at each target's class. */
  readonly isTarget: string;
  /** [K, N, 1]: each target's logit. */
  readonly targetLogit: string;
}

export interface EmittedSeed {
  /** [K, N, classes]: the relevance placed on the logits. */
  readonly seed: string;
  /** [K, N, 1]: what the map has to be multiplied with to be the one of the definition; undefined for 1. */
  readonly scale: string | undefined;
  /**
   * If what speaks against the class is propagated separately, and the two maps are brought to one sum before they are
   * subtracted: [K, N, classes], never negative.
   */
  readonly rivals?: { readonly seed: string; readonly balance: Balance };
}

/**
 * How the target's map T and the rivals' map O, propagated separately, become one.
 *
 * - `to-target`: T - O sum(T)/sum(O)
 * - `to-one`: T/sum(T) - O/sum(O)
 *
 * A map whose sum is 0 is left out.
 */
export type Balance = "to-target" | "to-one";

/** Places relevance on the logits. */
export type Seed = (context: SeedContext) => EmittedSeed;
