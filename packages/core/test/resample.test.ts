import { describe, expect, test } from "vitest";
import { interpolation } from "../src/compile/resample.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { pictures } from "./pictures.ts";

/** The new numbers that a line of old ones becomes. */
function line(old: readonly number[], to: number, alignment: "centres" | "corners"): number[] {
  const rows = interpolation(old.length, to, alignment);
  return Array.from({ length: to }, (_, i) =>
    old.reduce((sum, v, j) => sum + v * (rows[i * old.length + j] ?? 0), 0),
  );
}

describe("by hand", () => {
  test.each([
    // Centres of four new pixels lie at -0.25, 0.25, 0.75 and 1.25 of the old ones.
    { old: [0, 1], to: 4, alignment: "centres", now: [0, 0.25, 0.75, 1] },
    { old: [0, 1], to: 4, alignment: "corners", now: [0, 1 / 3, 2 / 3, 1] },
    { old: [0, 3, 1], to: 5, alignment: "corners", now: [0, 1.5, 3, 2, 1] },
    { old: [0, 3, 1], to: 6, alignment: "centres", now: [0, 0.75, 2.25, 2.5, 1.5, 1] },
    { old: [2, 5], to: 2, alignment: "centres", now: [2, 5] },
    { old: [2, 5], to: 2, alignment: "corners", now: [2, 5] },
    { old: [7], to: 3, alignment: "centres", now: [7, 7, 7] },
    { old: [7], to: 3, alignment: "corners", now: [7, 7, 7] },
    { old: [4, 8], to: 1, alignment: "centres", now: [6] },
    { old: [4, 8], to: 1, alignment: "corners", now: [4] },
  ] as const)("$old to $to by $alignment", ({ old, to, alignment, now }) => {
    for (const [i, value] of line(old, to, alignment).entries())
      expect(value).toBeCloseTo(now[i] ?? Number.NaN, 12);
  });
});

test.each(["centres", "corners"] as const)("both axes by %s", (alignment) => {
  const [values = new Float32Array()] = pictures(1, 15, 3);
  const plain = Float64Array.from(values);
  const wide = Array.from({ length: 3 }, (_, y) => line([...plain.slice(y * 5, y * 5 + 5)], 11, alignment));
  const columns = Array.from({ length: 11 }, (_, x) =>
    line(
      wide.map((row) => row[x] ?? 0),
      7,
      alignment,
    ),
  );
  const expected = enlarged(plain, [3, 5], [7, 11], alignment);
  for (const [i, value] of expected.entries()) {
    expect(columns[i % 11]?.[Math.floor(i / 11)]).toBeCloseTo(value, 12);
  }
});

test("rows sum to 1", () => {
  for (const alignment of ["centres", "corners"] as const) {
    for (const [from, to] of [
      [7, 224],
      [14, 19],
      [5, 3],
    ] as const) {
      const rows = interpolation(from, to, alignment);
      for (let i = 0; i < to; i += 1) {
        const row = rows.slice(i * from, (i + 1) * from);
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
      }
    }
  }
});
