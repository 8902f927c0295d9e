/** Targets as perturbation methods take them: classes of a scorer, whose scores are those of the targets. */
import { rankClasses, type Scores } from "../network/probabilities.ts";
import type { Scorer } from "../network/scorer.ts";
import type { PerturbationContext } from "../perturbation/perturbation.ts";
import { type Target, type TargetScore, weightedScore, weightsOf } from "../targets/target.ts";
import { weightedScorer } from "./weighted-scorer.ts";

interface PerturbationQuestion {
  readonly asked: Pick<PerturbationContext, "scorer" | "scores" | "targets" | "against">;
  readonly targets: readonly TargetScore[];
}

/** @param scores of the picture */
export function questionOf(
  scorer: Scorer,
  scores: Scores,
  targets: readonly Target[],
  against: readonly Target[] | undefined,
): PerturbationQuestion {
  const all = [...targets, ...(against ?? [])];
  const numbers = all.filter((target) => typeof target === "number");
  if (numbers.length === all.length && scorer.head.form !== "places") {
    const classes = numbers.map((target) => classOf(scores, target));
    const own = classes.slice(0, targets.length);
    const others = against === undefined ? own.map(() => undefined) : classes.slice(targets.length);
    return {
      asked: { scorer, scores, targets: own, against: others },
      targets: own.map((index) => ({
        class: index,
        logit: scores.logits[index] ?? Number.NaN,
        probability: scores.probabilities[index] ?? Number.NaN,
      })),
    };
  }
  const weights = all.map((target) =>
    weightsOf(scorer.head, typeof target === "number" ? classOf(scores, target) : target),
  );
  const weighted = weightedScorer(scorer, weights);
  return {
    asked: {
      scorer: weighted,
      scores: weighted.of(scores),
      targets: targets.map((_, k) => k),
      against: targets.map((_, k) => (against === undefined ? undefined : targets.length + k)),
    },
    targets: weights.slice(0, targets.length).map((own) => weightedScore(scorer.head, scores, own)),
  };
}

/** A class, or -r for the r-th most probable one, as a class; ties go to the first. */
function classOf(scores: Scores, target: number): number {
  return target >= 0 ? target : (rankClasses(scores)[-1 - target] ?? 0);
}
