interface Seed {
  readonly seed: Float64Array;
  /** What the map is to be multiplied with. */
  readonly scale: number;
}

export type SeedRule = (z: Float64Array, target: number) => Seed;

const at = (z: Float64Array, target: number) => z[target] ?? Number.NaN;

export const seeds = {
  lrp: (z, t) => ({ seed: z.map((value, n) => (n === t ? value : 0)), scale: 1 }),
  clrp: (z, t) => ({ seed: z.map((_, n) => (n === t ? at(z, t) : -at(z, t) / (z.length - 1))), scale: 1 }),
  gradient: (z, t) => ({ seed: z.map((_, n) => (n === t ? 1 : 0)), scale: 1 }),
  sglrp: (z, t) => {
    const rivals = z.map((value, n) => (n === t ? Number.NEGATIVE_INFINITY : value));
    const highest = Math.max(...rivals);
    const powers = rivals.map((value) => Math.exp(value - highest));
    const sum = powers.reduce((a, b) => a + b, 0);
    const margin = at(z, t) - highest - Math.log(sum);
    // p = 1 / (1 + exp(-margin)), 1 - p = 1 / (1 + exp(margin)), neither of them by subtraction.
    return {
      seed: powers.map((power, n) => (n === t ? 1 : -power / sum)),
      scale: 1 / ((1 + Math.exp(-margin)) * (1 + Math.exp(margin))),
    };
  },
} as const satisfies Record<string, SeedRule>;

export type SeedName = keyof typeof seeds;
