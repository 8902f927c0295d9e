/** With fewer pairs, differences that all have the same sign come by chance in more than 5 % of samples: 2 / 2^n. */
export const fewestPairs = 6;

export interface PairedDifference {
  /** Pairs that the mean difference is over. */
  readonly n: number;
  /** The bounds of its interval; null if there is none. */
  readonly low: number | null;
  readonly high: number | null;
}

/** Whether a mean of paired differences is significant at the level of its interval: the interval does not contain 0. */
export function isSignificant({ n, low, high }: PairedDifference): boolean {
  return n >= fewestPairs && low !== null && high !== null && (low > 0 || high < 0);
}
