import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A seeded source of random numbers. Drawing advances it. */
export interface Random {
  /** A number in [low, high). */
  between(low: number, high: number): number;
  /** An integer in 0..count-1. */
  below(count: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Equal seeds (any integer; the low 32 bits count) give equal draws on every machine. */
export function randomFrom(seed: number): Random {
  const generator = xoroshiro128plus(mix32(seed));
  // Neighbouring seeds start from similar states, so the first draws are thrown away.
  for (let i = 0; i < 24; i++) generator.next();
  const between = (low: number, high: number) => low + (high - low) * uniformFloat64(generator);
  const below = (count: number) => Math.floor(between(0, count));
  return {
    between,
    below,
    chance: (probability) => between(0, 1) < probability,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
  };
}

/** Scrambles the low 32 bits of an integer: neighbouring inputs give unrelated outputs in 0..2^32-1. */
function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends only on the lattice point and the seed. */
export function hash01(x: number, y: number, seed: number): number {
  return mix32(Math.imul(x, 0x27d4eb2f) ^ Math.imul(y, 0x165667b1) ^ mix32(seed)) / 4294967296;
}
