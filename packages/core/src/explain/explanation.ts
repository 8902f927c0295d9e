/** What an explainer is, and what it gives. */

import type { ExplanationOptions, ExplanationRecord } from "../explanation-options.ts";
import type { MapShape } from "../heatmap.ts";
import type { InputPort } from "../input-port/input-port.ts";
import type { Scores } from "../network/probabilities.ts";
import type { OpenSession } from "../network/runtime.ts";
import type { OutputPort } from "../output-port/output-port.ts";
import type { PerturbationOptions } from "../perturbation/registry.ts";
import type { PreparedExplanation } from "../prepare.ts";
import type { Target } from "../targets/target.ts";
import type { ConservationReport } from "./conservation-report.ts";

/** The relevance of other inputs that were given a value. */
export interface OtherRelevance {
  /** One input; or several, where the network joins them before relevance reaches them. */
  readonly inputs: readonly string[];
  /**
   * Its sum, in the unit of the map: what the map itself lacks of the seed's sum, but for biases and stabilizers. 0 where
   * the input is only a term of sums, a factor or a gate, which take no relevance.
   */
  readonly relevance: number;
}

/** One target's map for one picture. */
export interface Explanation {
  /** The class that was explained; of weights the class with the largest. */
  readonly target: number;
  /** Its score; of weights the weighted sum. */
  readonly logit: number;
  /** Its probability; of weights the weighted mean. The number itself where the network gives no scores of classes. */
  readonly probability: number;
  /** What the map is to be multiplied with to be the one of the method's definition (SGLRP: p_t (1 - p_t)); else 1. */
  readonly seedScale: number;
  /** Of the shape `map` of the explainer, row-major. */
  readonly relevance: Float32Array;
  /**
   * For methods whose map sums to the change of the logit from a baseline: the map's sum less that change, in
   * logits; undefined for others.
   */
  readonly convergenceDelta?: number;
  /**
   * What relevance went to other inputs that were given a value (option `feeds`). Only methods that propagate one map by
   * rules have it; left out for others, and where there is no such input.
   */
  readonly otherInputs?: readonly OtherRelevance[];
}

/** The scores of one picture, and a map for each target. */
export interface PictureExplanation extends Scores {
  /** In the order of the targets. */
  readonly explanations: readonly Explanation[];
  /** Only for quantized networks, which are explained through their float equivalent. */
  readonly quantized: QuantizedComparison | undefined;
  /** Only where asked for: a report for each target. */
  readonly conservation: readonly ConservationReport[] | undefined;
}

/** What the quantized network itself says, beside the float equivalent that is explained. */
export interface QuantizedComparison {
  readonly probabilities: Float64Array;
  /** The largest difference between the two networks' probabilities of a class. */
  readonly difference: number;
}

/** A network with a method, open until it is released. */
export interface Explainer {
  /** What a picture is. */
  readonly image: InputPort;
  /** The scores, and how they are read. */
  readonly head: OutputPort;
  /** Shape of a map. */
  readonly map: MapShape;
  readonly record: ExplanationRecord;
  /** The explanation model; undefined for methods that ask the network again and again. */
  readonly prepared: PreparedExplanation | undefined;
  /**
   * @param pictures each in the input's shape without the batch, row-major, as the network takes it
   * @param targets for each picture the same number of targets: a class, -r for the r-th most probable class, or weights
   * @param against for each target what it is contrasted with, if the explainer was made for a contrast
   * @throws UserError `usage` for a class that does not exist, `input` for a picture of another size, `scores`
   * for scores or maps that are not finite, `run` for what onnxruntime reports
   */
  explain(
    pictures: readonly Float32Array[],
    targets: readonly (readonly Target[])[],
    against?: readonly (readonly Target[])[],
  ): Promise<PictureExplanation[]>;
  /**
   * What the network says of pictures, without a map; the first call may load the network once more, by itself.
   *
   * @throws UserError as `explain`
   */
  score(pictures: readonly Float32Array[]): Promise<Scores[]>;
  release(): Promise<void>;
}

/** An explainer that runs an explanation model. */
export interface CompiledExplainer extends Explainer {
  readonly prepared: PreparedExplanation;
}

/** Options of an explanation, and of how it is run. */
export interface ExplainerOptions extends ExplanationOptions, PerturbationOptions {
  /**
   * Pictures that go through the network together, where its batch size is not fixed; of methods that take many samples of
   * a picture, samples. Default 1, and 8.
   */
  readonly batchSize?: number | undefined;
  /** Targets of every picture, where known beforehand: the first picture is then explained sooner; default any number. */
  readonly targetCount?: number | ((port: OutputPort) => number | undefined) | undefined;
  /** Default: a session of the given runtime with its own options. */
  readonly openSession?: OpenSession | undefined;
  /** Told how far the samples of a picture are, where it takes many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}
