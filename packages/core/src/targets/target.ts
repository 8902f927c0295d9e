/** What is explained: weights on the scores of an output, of which a class is the simplest case. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { type Scores, scoresOf } from "../network/probabilities.ts";
import {
  elementAt,
  elementsOf,
  type OutputPort,
  placeOf,
  scoreLayout,
  yesOrNo,
} from "../output-port/output-port.ts";

/**
 * - a number: a class, or -r for the r-th most probable one; of an output without classes, an element
 * - weights: one number for each score, in the order in which they lie in memory. Scores with a weight are what is explained;
 *   at their places the other classes are their rivals, for methods that have rivals.
 */
export type Target = number | WeightedTarget;

/** A target as weights on the scores: what is explained is their weighted sum. */
export interface WeightedTarget {
  /** As many numbers as one picture has scores. */
  readonly weights: Float32Array;
}

/** What the scores say of a target. */
export interface TargetScore {
  /** The class with the largest weight. */
  readonly class: number;
  /** The sum of the weighted scores. */
  readonly logit: number;
  /** The mean of the probabilities, weighted by what has a positive weight. */
  readonly probability: number;
}

/** @throws UserError `usage` for weights of another number, or that are no numbers, or all zero */
function checkWeights(port: Pick<OutputPort, "dims">, weights: Float32Array): void {
  const elements = elementsOf(port);
  if (weights.length !== elements) {
    throw new UserError(
      "usage",
      `The network has ${elements} scores for each picture; the target has ${weights.length} weights.`,
    );
  }
  if (!weights.every(Number.isFinite))
    throw new UserError("usage", "A weight of the target is not a finite number.");
  if (weights.every((weight) => weight === 0)) {
    throw new UserError("usage", "The target is empty: all of its weights are 0.");
  }
}

/**
 * Whether a target can be had as weights.
 *
 * @throws UserError `usage` for weights that do not fit the output, for classes by rank, which depend on the picture, and for
 * classes that need a place
 */
export function checkTarget(port: OutputPort, target: Target): void {
  if (typeof target !== "number") {
    checkWeights(port, target.weights);
  } else if (port.form === "places" || target < 0) {
    throw new UserError(
      "usage",
      port.form === "places"
        ? `The network has scores at ${scoreLayout(port).places} places: a class alone is no target, and needs a place.`
        : "A class by its rank is no target of a network that is asked with weights.",
    );
  }
}

/** @param target that was checked */
export function weightsOf(port: OutputPort, target: Target): Float32Array {
  if (typeof target !== "number") return target.weights;
  const weights = new Float32Array(elementsOf(port));
  if (yesOrNo(port)) weights[0] = target === 1 ? 1 : -1;
  else weights[target] = 1;
  return weights;
}

/** What a picture's scores say of weights. */
export function weightedScore(
  port: OutputPort,
  { logits, probabilities }: Scores,
  weights: Float32Array,
): TargetScore {
  if (yesOrNo(port)) {
    const [weight = 0] = weights;
    const answer = weight > 0 ? 1 : 0;
    return {
      class: answer,
      logit: weight * (logits[0] ?? Number.NaN),
      probability: probabilities[answer] ?? Number.NaN,
    };
  }
  const layout = scoreLayout(port);
  let [logit, sum, total, strongest] = [0, 0, 0, 0];
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    logit += weight * (logits[i] ?? Number.NaN);
    if (weight > 0) {
      sum += weight * (probabilities[i] ?? Number.NaN);
      total += weight;
    }
    if (Math.abs(weight) > Math.abs(weights[strongest] ?? 0)) strongest = i;
  }
  const named = port.classAxis === undefined ? strongest : placeOf(layout, strongest).class;
  return { class: named, logit, probability: total === 0 ? Number.NaN : sum / total };
}

/** p (1 - p), of a target that is one class at one place; 1 for others, each place of which has its own unit seed. */
export function softmaxScale(port: OutputPort, scores: Scores, weights: Float32Array): number {
  // Labels that are rivals because that was asked for have a probability each; their softmax is computed here.
  const { probabilities } =
    port.rivals === true ? scoresOf({ ...port, kind: "softmax" }, scores.logits) : scores;
  const at = weights.findIndex((weight) => weight !== 0);
  if (weights.some((weight, i) => weight !== 0 && i !== at)) return 1;
  const layout = scoreLayout(port);
  const { place, class: target } = placeOf(layout, at);
  let others = 0;
  for (let c = 0; c < layout.classes; c += 1) {
    if (c !== target) others += probabilities[elementAt(layout, place, c)] ?? Number.NaN;
  }
  return (probabilities[at] ?? Number.NaN) * others;
}

/** Weights less those of what a target is contrasted with. */
export function contrasted(weights: Float32Array, against: Float32Array): Float32Array {
  return weights.map((weight, i) => weight - (against[i] ?? 0));
}
