/**
 * How far a map is from summing to what its method promises: the change of the logit from the baseline to the
 * picture (completeness, Sundararajan et al. 2017, Prop. 1; summation to delta, Shrikumar et al. 2017, Eq. 1).
 */
import type { PreparedExplanation } from "../prepare.ts";
import type { PictureExplanation } from "./explanation.ts";

type Against = readonly (readonly number[])[] | undefined;

/**
 * @param score the network's scores of a picture; asked once, for the baseline
 * @returns what adds the convergence delta to each explanation, if the method promises a sum
 */
export function withConvergenceDelta(
  { plan, compiled }: PreparedExplanation,
  score: (picture: Float32Array) => Promise<readonly Pick<PictureExplanation, "logits">[]>,
): (results: PictureExplanation[], against: Against) => Promise<PictureExplanation[]> {
  const { method } = plan;
  const baseline = plan.kind === "gradient" || plan.kind === "sampled" ? plan.baseline : undefined;
  const sums = method.sumsTo === "logit-change";
  // Against a class the baseline's own ranking may be another one; a class by rank is not looked up again.
  if (!sums || baseline === undefined || compiled.contrast) return async (results) => results;
  let before: Promise<Float32Array | undefined> | undefined;
  return async (results) => {
    before ??= score(baseline).then(([first]) => first?.logits);
    const own = await before;
    return results.map((result) => ({
      ...result,
      explanations: result.explanations.map((explanation) => {
        const { target, logit, relevance } = explanation;
        const sum = relevance.reduce((total, value) => total + value, 0);
        return { ...explanation, convergenceDelta: sum - (logit - (own?.[target] ?? 0)) };
      }),
    }));
  };
}
