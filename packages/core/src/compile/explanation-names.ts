import type { SampleNames } from "./maps/sample-batch.ts";

/** Names of the inputs and outputs that an explanation model adds; a name that the network has already gets a number. */
export interface ExplanationNames {
  /**
   * int64 [N, K]: a class, or -r for the r-th most probable one; of an output with scores at several places, `target_weights`,
   * float32 [N, K, ...scores].
   */
  readonly targets: string;
  /** int64 [N, K]: the class that each target is contrasted with, only where asked for. */
  readonly against: string | undefined;
  /** float32 [N, classes], or [N, ...scores] of an output with scores at several places. */
  readonly logits: string;
  /** The network's own probabilities, in the shape of `logits`, where they are not those of the logits (OutputPort.own). */
  readonly probabilities: string | undefined;
  /** int64 [N, K]: the classes that `targets` resolve to; undefined where targets are weights. */
  readonly targetClasses: string | undefined;
  /** float32 [N, K, ...map] */
  readonly relevance: string;
  /** float32 [N, K]: what the map is to be multiplied with to be the one of the method's definition. */
  readonly seedScale: string;
  /** Of the variance of gradients, their mean: float32 [N, K, ...map]. */
  readonly mean: string | undefined;
  /** The samples that gradients are taken at, for methods that sample; inputs with a value of their own. */
  readonly samples: SampleNames | undefined;
  /** float32 [N, K, nodes, 6], only where asked for (conservation.ts). */
  readonly conservation: string | undefined;
  /** float32 [N, K, groups of inputs], only where other inputs were given a value (other-inputs.ts). */
  readonly otherInputs: string | undefined;
}
