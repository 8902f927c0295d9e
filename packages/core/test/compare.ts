/** |a - b| / |b|, both as vectors; 0 where both are zero. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [error, size] = [0, 0];
  for (let i = 0; i < b.length; i += 1) {
    const [left, right] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
    error += (left - right) ** 2;
    size += right ** 2;
  }
  if (error === 0) return 0;
  return Math.sqrt(error / Math.max(size, 1e-60));
}

export function total(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}
