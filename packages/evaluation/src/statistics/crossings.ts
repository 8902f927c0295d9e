/** Where two curves cross: where the difference between them changes its sign. */
import { type Estimate, estimate } from "./interval.ts";

/** `value` is a parameter, between two points of the curves in proportion. */
export interface Crossing extends Estimate {
  /** Whether the first curve comes to lie above the second there, or below. */
  readonly after: "above" | "below";
  /** Share of the replicates in which the curves cross that way at all; the interval is over those. */
  readonly share: number;
}

interface Change {
  readonly at: number;
  readonly after: Crossing["after"];
}

/** @param differences first curve less second, one a parameter; touching without crossing is no change */
export function signChanges(parameters: readonly number[], differences: ArrayLike<number>): Change[] {
  const changes: Change[] = [];
  let before: { parameter: number; difference: number } | undefined;
  let zero: { first: number; last: number } | undefined;
  for (const [i, parameter] of parameters.entries()) {
    const difference = differences[i] ?? Number.NaN;
    if (Number.isNaN(difference)) continue;
    if (difference === 0) {
      zero = { first: zero?.first ?? parameter, last: parameter };
      continue;
    }
    if (before !== undefined && before.difference > 0 !== difference > 0) {
      const share = before.difference / (before.difference - difference);
      const between = before.parameter + share * (parameter - before.parameter);
      const at = zero === undefined ? between : (zero.first + zero.last) / 2;
      changes.push({ at, after: difference > 0 ? "above" : "below" });
    }
    before = { parameter, difference };
    zero = undefined;
  }
  return changes;
}

/**
 * @param draws for each parameter the difference in each replicate, and in the sample itself in the last place
 * @param level of the intervals
 */
export function crossingsOf(
  parameters: readonly number[],
  draws: readonly Float64Array[],
  level: number,
): Crossing[] {
  const replicates = (draws[0]?.length ?? 1) - 1;
  const changesIn = (replicate: number) =>
    signChanges(
      parameters,
      draws.map((values) => values[replicate] ?? Number.NaN),
    );
  const found = changesIn(replicates);
  if (found.length === 0) return [];
  const places = found.map(() => new Float64Array(replicates).fill(Number.NaN));
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const changes = changesIn(replicate);
    for (const [i, crossing] of found.entries()) {
      const nearest = nearestOf(crossing, changes);
      if (nearest !== undefined) places[i]?.fill(nearest.at, replicate, replicate + 1);
    }
  }
  return found.map(({ at, after }, i) => {
    const own = places[i] ?? new Float64Array();
    const crossed = own.reduce((count, place) => count + (Number.isNaN(place) ? 0 : 1), 0);
    return { ...estimate(at, own, level), after, share: crossed / replicates };
  });
}

/** The nearest change in the same direction. */
function nearestOf(crossing: Change, changes: readonly Change[]): Change | undefined {
  const sameDirection = changes.filter(({ after }) => after === crossing.after);
  const away = ({ at }: Change) => Math.abs(at - crossing.at);
  return sameDirection.reduce<Change | undefined>(
    (best, change) => (best === undefined || away(change) < away(best) ? change : best),
    undefined,
  );
}
