/** Memory of a process as it goes on, and whether it grows. */

/** In MiB. */
export interface Reading {
  readonly done: number;
  /** Of the whole process. */
  readonly resident: number;
  /** JavaScript's heap and what its objects hold beside it, after what is garbage was collected; undefined where only the system was asked. */
  readonly held?: number;
}

/** More memory at the end than early on, as a share of it, that is no growth. */
const allowed = 0.15;

/** Shares of the work, the start exclusive: what comes before the first is warming up. */
export interface Windows {
  readonly early: readonly [number, number];
  readonly late: readonly [number, number];
}

/**
 * Compares the lowest memory of two stretches: what is held for good raises the lowest as much as any, and what is freed late or
 * comes back in pieces does not.
 */
export function growthOf(
  readings: readonly Reading[],
  count: number,
  { early, late }: Windows,
): { readonly lines: readonly string[]; readonly grown: boolean } {
  const lowest = ([from, to]: readonly [number, number], value: (reading: Reading) => number | undefined) =>
    Math.min(
      ...readings
        .filter(({ done }) => done > from * count && done <= to * count)
        .flatMap((reading) => value(reading) ?? []),
    );
  const all = [
    ["resident memory", ({ resident }: Reading) => resident],
    ["held by JavaScript", ({ held }: Reading) => held],
  ] as const;
  const compared = all
    .filter(([what, value]) => what === "resident memory" || readings.some((one) => value(one) !== undefined))
    .map(([what, value]) => ({ what, first: lowest(early, value), last: lowest(late, value) }));
  return {
    lines: compared.map(
      ({ what, first, last }) =>
        `${what}: ${first.toFixed(0)} MiB early on, ${last.toFixed(0)} MiB at the end (${((100 * (last - first)) / first).toFixed(1)} %)`,
    ),
    // Where the system does not say, or no reading fell into a stretch, nothing was shown.
    grown: compared.some(({ first, last }) => !Number.isFinite(last) || last > first * (1 + allowed)),
  };
}
