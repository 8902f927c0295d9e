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

interface EmittedSeed {
  /** [K, N, classes]: the relevance placed on the logits. */
  readonly seed: string;
  /** [K, N, 1]: what the map has to be multiplied with to be the one of the definition; undefined for 1. */
  readonly scale: string | undefined;
}

/** Places relevance on the logits. */
export type Seed = (context: SeedContext) => EmittedSeed;
