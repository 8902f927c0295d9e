/** Samples of a data set. */
import { describe, expect, test } from "vitest";
import { sampleItems } from "../src/data/sample.ts";

describe("samples", () => {
  const data = {
    items: Array.from({ length: 100 }, (_, i) => ({
      id: `${i}`,
      path: `/${i}`,
      label: i,
      region: { kind: "none" } as const,
    })),
  };
  const labels = (limit?: number, seed?: number) =>
    sampleItems(data, { limit, seed }).map(({ label }) => label);

  test("are repeatable, in order, without doubles, and part of larger ones", () => {
    const sample = labels(20, 1);
    expect(labels(20, 1)).toEqual(sample);
    expect(labels(20, 2)).not.toEqual(sample);
    expect(new Set(sample).size).toBe(20);
    expect(sample.toSorted((a, b) => a - b)).toEqual(sample);
    expect(labels(50, 1)).toEqual(expect.arrayContaining(sample));
  });

  test("every item has the same chance", () => {
    const drawn = new Array<number>(100).fill(0);
    for (let seed = 0; seed < 1000; seed++)
      for (const label of labels(30, seed)) drawn[label] = (drawn[label] ?? 0) + 1;
    // Of mean 300 and standard deviation 14.5.
    expect(Math.min(...drawn)).toBeGreaterThan(235);
    expect(Math.max(...drawn)).toBeLessThan(365);
  });

  test("without a seed are the first, and without a limit all", () => {
    expect(labels(3)).toEqual([0, 1, 2]);
    expect(labels(undefined, 5)).toHaveLength(100);
    expect(labels(1000, 5)).toHaveLength(100);
    expect(labels(0, 5)).toEqual([]);
  });
});
