/** A figure with its percentile interval. */
export interface Estimate {
  readonly value: number;
  /** Bounds of the interval, from the replicates' quantiles. */
  readonly low: number;
  readonly high: number;
}

/**
 * The percentile interval (Efron 1979): the middle share `level` of the replicates.
 *
 * @param replicates of which those that are no number are left out: replicates without any picture
 */
export function estimate(value: number, replicates: Float64Array, level: number): Estimate {
  const sorted = replicates.filter((one) => !Number.isNaN(one)).sort();
  const tail = (1 - level) / 2;
  return { value, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** Between the two nearest values in proportion (definition 7 of Hyndman and Fan 1996). @param sorted ascending */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return low + (high - low) * (place - Math.floor(place));
}
