/** Explanation methods that need nothing but class scores: what they are given and what they give. */
import type { Scorer, Scores } from "../network/scorer.ts";

export interface PerturbationContext {
  readonly scorer: Scorer;
  /** In the shape of `blackBox.image` without the batch: channels first or last, as its layout says. */
  readonly picture: Float32Array;
  /** What the network says of the picture itself. */
  readonly scores: Scores;
  /** Classes to explain. */
  readonly targets: readonly number[];
  /** For each target the class it is held against, if any: what is watched is then the difference of their scores. */
  readonly against: readonly (number | undefined)[];
  /** The score that is watched. */
  readonly score: "probability" | "logit";
  /** What hidden pixels are set to: one number for each channel, as the network takes them. */
  readonly fill: readonly number[];
  /** What is drawn depends on this number and on the picture only, not on batches or targets. */
  readonly seed: number;
  /** Told of the pictures that have gone through the network, and of how many there will be. */
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/**
 * A method with its options settled.
 *
 * @returns for each target one number for each place, row-major; positive speaks for the class
 * @throws UserError `usage` or `input` for targets, fill or picture that the network does not have; what `score` throws
 */
export type Perturbation = (context: PerturbationContext) => Promise<Float32Array[]>;
