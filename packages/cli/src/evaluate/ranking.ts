/** Which of several candidates is best by a metric, and which of the others differ significantly from it. */

import { controlMethodNames } from "@onnx-lrp/core/names";
import type { Summary } from "@onnx-lrp/evaluation";
import type { Interval, MethodSummary } from "@onnx-lrp/evaluation/internal";

export interface Ranked {
  readonly method: string;
  readonly n: number;
  readonly headline: Interval;
  /** Its headline minus that of the best, over the pictures that both have; undefined for the best itself. */
  readonly difference: Interval | undefined;
  /** Whether the difference is significant at 95 %. */
  readonly significant: boolean;
}

/** The best candidate by the mean; ties go to the first. Controls are no candidates. */
export function bestOf({ measures: [metric] }: Summary): string | undefined {
  return sorted(metric?.methods ?? [], metric?.better ?? "higher").find(
    ({ method }) => !controlMethodNames.has(method),
  )?.method;
}

/** Best first. @param summary in which the others are compared with the best */
export function rankingOf({ measures: [metric] }: Summary): Ranked[] {
  return sorted(metric?.methods ?? [], metric?.better ?? "higher").map(
    ({ method, n, headline, difference }) => ({
      ...{ method, n, headline, difference: difference ?? undefined },
      significant: difference?.significant ?? false,
    }),
  );
}

type WithHeadline = MethodSummary & { readonly headline: Interval };

function sorted(methods: readonly MethodSummary[], better: "higher" | "lower"): WithHeadline[] {
  const sign = better === "higher" ? 1 : -1;
  return methods
    .filter((method): method is WithHeadline => method.headline !== null)
    .toSorted((a, b) => sign * (b.headline.value - a.headline.value));
}
