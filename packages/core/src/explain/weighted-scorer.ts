import type { Scores } from "../network/probabilities.ts";
import type { Scorer } from "../network/scorer.ts";
import { weightedScore } from "../targets/target.ts";

/** A network whose classes are weights on another one's scores. */
export interface WeightedScorer extends Scorer {
  /** Its scores, from the other network's for the same picture. */
  of(scores: Scores): Scores;
}

/**
 * For what knows classes alone: class k of the scorer returned has the weighted sum of scores of `weights[k]` as its logit, and
 * the weighted mean of probabilities as its probability.
 *
 * @param weights each one number for each score of the network
 */
export function weightedScorer(scorer: Scorer, weights: readonly Float32Array[]): WeightedScorer {
  const { head } = scorer;
  const of = (scores: Scores): Scores => {
    const values = weights.map((own) => weightedScore(head, scores, own));
    return {
      logits: Float32Array.from(values, ({ logit }) => logit),
      probabilities: Float64Array.from(values, ({ probability }) => probability),
    };
  };
  return {
    ...scorer,
    head: { ...head, form: "classes", classes: weights.length },
    score: async (pictures) => (await scorer.score(pictures)).map(of),
    of,
  };
}
