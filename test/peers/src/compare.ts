/** How far two maps are from each other. */

export interface Comparison {
  /** L2 distance, relative to the peer's L2 norm. */
  readonly difference: number;
  /** Pearson's. */
  readonly correlation: number;
}

export function compare(own: Float64Array, peer: ArrayLike<number>): Comparison {
  if (own.length !== peer.length) throw new Error(`Maps of ${own.length} and ${peer.length} numbers.`);
  const mean = (values: ArrayLike<number>) => sum(values, (value) => value) / values.length;
  const [ownMean, peerMean] = [mean(own), mean(peer)];
  const at = (i: number) => peer[i] ?? 0;
  const together = sum(own, (value, i) => (value - ownMean) * (at(i) - peerMean));
  const spreads = Math.sqrt(
    sum(own, (value) => (value - ownMean) ** 2) * sum(peer, (value) => (value - peerMean) ** 2),
  );
  const distance = Math.sqrt(sum(own, (value, i) => (value - at(i)) ** 2));
  return {
    difference: distance / Math.sqrt(sum(peer, (value) => value ** 2)),
    correlation: together / spreads,
  };
}

function sum(values: ArrayLike<number>, term: (value: number, i: number) => number): number {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += term(values[i] ?? 0, i);
  return total;
}
