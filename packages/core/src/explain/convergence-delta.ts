/**
 * How far a map is from summing to what its method promises: the change of the logit from the baseline to the
 * picture (completeness, Sundararajan et al. 2017, Prop. 1; summation to delta, Shrikumar et al. 2017, Eq. 1).
 */
import type { Scores } from "../network/probabilities.ts";
import type { PreparedExplanation } from "../prepare.ts";
import { type Target, weightedScore } from "../targets/target.ts";
import type { PictureExplanation } from "./explanation.ts";

type Targets = readonly (readonly Target[])[];

/**
 * @param score the network's scores of a picture; asked once, for the baseline
 * @returns what adds the convergence delta to each explanation, if the method promises a sum
 */
export function withConvergenceDelta(
  { analysis, plan, compiled }: PreparedExplanation,
  score: (picture: Float32Array) => Promise<readonly Scores[]>,
): (results: PictureExplanation[], targets: Targets) => Promise<PictureExplanation[]> {
  const { method } = plan;
  const baseline = plan.kind === "gradient" || plan.kind === "sampled" ? plan.baseline : undefined;
  const sums = method.sumsTo === "logit-change";
  // Against a class the baseline's own ranking may be another one; a class by rank is not looked up again.
  if (!sums || baseline === undefined || compiled.contrast) return async (results) => results;
  const { head } = analysis.graph;
  let before: Promise<Scores | undefined> | undefined;
  return async (results, targets) => {
    before ??= score(baseline).then(([first]) => first);
    const own = await before;
    if (own === undefined) return results;
    return results.map((result, n) => ({
      ...result,
      explanations: result.explanations.map((explanation, k) => {
        const { target, logit, relevance } = explanation;
        const sum = relevance.reduce((total, value) => total + value, 0);
        const asked = targets[n]?.[k];
        const start =
          typeof asked === "object"
            ? weightedScore(head, own, asked.weights).logit
            : (own.logits[target] ?? 0);
        return { ...explanation, convergenceDelta: sum - (logit - start) };
      }),
    }));
  };
}
