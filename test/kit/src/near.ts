/** `expect(map).toBeNear(oracle, 1e-5)`: the whole map within a relative L2 distance; it says where the maps differ. */
import { expect } from "vitest";

/** |a - b| / |b|, both as vectors; 0 where both are zero, infinite where the lengths differ. */
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

const shown = 5;

/** The elements that differ most, one per line; those that are not numbers come first. */
function whereTheyDiffer(received: ArrayLike<number>, expected: ArrayLike<number>): string {
  const places = Array.from({ length: expected.length }, (_, i) => {
    const distance = Math.abs((received[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    return { i, distance: Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance };
  }).filter(({ distance }) => distance > 0);
  const most = places.sort((a, b) => (a.distance === b.distance ? a.i - b.i : b.distance - a.distance));
  return [
    `${places.length} of ${expected.length} elements differ:`,
    ...most.slice(0, shown).map(({ i }) => `  [${i}] ${received[i]}, expected ${expected[i]}`),
    ...(most.length > shown ? ["  ..."] : []),
  ].join("\n");
}

interface NearMatchers {
  /** The relative L2 distance from `expected` (see `difference`) is less than `tolerance`. */
  toBeNear(expected: ArrayLike<number>, tolerance: number): void;
}

declare module "vitest" {
  interface Matchers<T> extends NearMatchers {}
}

expect.extend({
  toBeNear(received: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
    if (!(typeof received?.length === "number" && expected.length > 0)) {
      throw new TypeError("toBeNear compares a list of numbers with one that is not empty");
    }
    const distance = difference(received, expected);
    return {
      pass: distance < tolerance,
      message: () => {
        if (received.length !== expected.length)
          return `${received.length} elements, expected ${expected.length}`;
        const distances = `relative distance ${distance}, tolerance ${tolerance}`;
        return `${distances}; ${whereTheyDiffer(received, expected)}`;
      },
    };
  },
});
