/** The interface of explanation methods that need nothing but class scores. */
import type { Scores } from "../network/probabilities.ts";
import type { Scorer } from "../network/scorer.ts";

/** What a method that queries the network is given: the network, one picture, its targets. */
export interface PerturbationContext {
  readonly scorer: Scorer;
  /** In the shape of `scorer.image` without the batch: channels first or last, as its layout says. */
  readonly picture: Float32Array;
  /** What the network says of the picture itself. */
  readonly scores: Scores;
  /** Classes to explain. */
  readonly targets: readonly number[];
  /** For each target the class it is contrasted with, if any: the difference of their scores is then explained. */
  readonly against: readonly (number | undefined)[];
  /** The class score that is explained. */
  readonly score: "probability" | "logit";
  /** What hidden pixels are set to: one number for each channel, as the network takes them. */
  readonly fill: readonly number[];
  /** Random numbers depend on this number and on the picture only, not on batches or targets. */
  readonly seed: number;
  /** Called with the number of pictures that have gone through the network, and with the total. */
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/**
 * A method with its options resolved.
 *
 * @returns for each target one number for each place, row-major; positive speaks for the class
 * @throws UserError `usage` or `input` for targets, fill or picture that the network does not have; what `score` throws
 */
export type Perturbation = (context: PerturbationContext) => Promise<Float32Array[]>;
