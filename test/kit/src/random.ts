/** Seeded random numbers (mulberry32), so that a failing network can be built again. */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = (seed * 2654435761) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers between low and high, rounded to float32, since that is what a network is fed. */
export function numbers(random: Random, count: number, low = -1, high = 1): number[] {
  return Array.from({ length: count }, () => Math.fround(low + (high - low) * random()));
}
