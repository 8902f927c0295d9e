/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, where equal values share the mean of their ranks.
 */

/** Ranks, starting at 1, ascending; ties share the mean of their ranks. */
export function ranks(values: Float32Array | Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const result = new Float64Array(values.length);
  let start = 0;
  while (start < order.length) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    // The ranks start + 1 ... end.
    for (const at of order.subarray(start, end)) result[at] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

/** What is compared. */
export interface SpearmanOptions {
  /** Compare absolute values; default no. */
  readonly absolute?: boolean;
}

/**
 * @param a of the same length as `b`
 * @returns from -1 to 1; undefined where one of them is constant
 */
export function spearman(
  a: Float32Array,
  b: Float32Array,
  { absolute = false }: SpearmanOptions = {},
): number | undefined {
  const prepare = (values: Float32Array) => ranks(absolute ? values.map(Math.abs) : values);
  return correlation(prepare(a), prepare(b));
}

function correlation(a: Float64Array, b: Float64Array): number | undefined {
  const mean = (a.length + 1) / 2;
  let [mixed, squareA, squareB] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [left, right] = [value - mean, (b[i] ?? Number.NaN) - mean];
    mixed += left * right;
    squareA += left * left;
    squareB += right * right;
  }
  return squareA > 0 && squareB > 0 ? mixed / Math.sqrt(squareA * squareB) : undefined;
}
