import { hash01 } from "./random.ts";

/** Smooth value noise in 0..1 with one feature per unit of x and y. */
export function valueNoise(x: number, y: number, seed: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const u = smooth(x - column);
  const v = smooth(y - row);
  const top = mix(hash01(column, row, seed), hash01(column + 1, row, seed), u);
  const bottom = mix(hash01(column, row + 1, seed), hash01(column + 1, row + 1, seed), u);
  return mix(top, bottom, v);
}

/** Octaves of value noise, each twice as fine and half as strong as the one before; 0..1. */
export function cloudNoise(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0;
  let weight = 0;
  let amplitude = 1;
  let frequency = 1;
  for (let octave = 0; octave < octaves; octave++) {
    sum += amplitude * valueNoise(x * frequency, y * frequency, seed + octave);
    weight += amplitude;
    amplitude /= 2;
    frequency *= 2;
  }
  return sum / weight;
}

/** 0 at or below `low`, 1 at or above `high`, an S-curve between. */
export function smoothStep(low: number, high: number, value: number): number {
  return smooth(Math.min(Math.max((value - low) / (high - low), 0), 1));
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
