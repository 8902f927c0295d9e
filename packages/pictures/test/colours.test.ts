import { expect, test } from "vitest";
import { divergingColour, signColour } from "../src/heatmaps/colours.ts";

/** CIE lightness, 0..100: what the eye takes for brightness. */
function lightness(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 116 * Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b) - 16;
}

test("zero is nearly white, and neither side's", () => {
  const zero = divergingColour(0);
  expect(Math.min(...zero)).toBeGreaterThan(240);
  expect(Math.max(...zero) - Math.min(...zero)).toBeLessThanOrEqual(1);
  expect(divergingColour(-0)).toEqual(zero);
  expect(divergingColour(Number.NaN)).toEqual(zero);
  expect(divergingColour(1e-4)).toEqual(divergingColour(-1e-4));
});

test("for is red, against is blue, and what lies beyond is as full as the end", () => {
  const [r, , b] = divergingColour(1);
  expect(r).toBeGreaterThan(b + 100);
  const [red, , blue] = divergingColour(-1);
  expect(blue).toBeGreaterThan(red + 100);
  expect(divergingColour(7)).toEqual(divergingColour(1));
  expect(divergingColour(Number.NEGATIVE_INFINITY)).toEqual(divergingColour(-1));
  expect(signColour(0.01)).toEqual(signColour(1));
  expect(signColour(-0.01)).not.toEqual(signColour(0.01));
});

test("each step away from zero is darker, by about as much on both sides", () => {
  const steps = Array.from({ length: 21 }, (_, i) => i / 20);
  const falls = (sign: number) => {
    const light = steps.map((t) => lightness(divergingColour(sign * t)));
    return light.slice(1).map((value, i) => (light[i] ?? 0) - value);
  };
  for (const fall of [...falls(1), ...falls(-1)]) {
    expect(fall).toBeGreaterThan(1.5);
    expect(fall).toBeLessThan(5);
  }
  expect(Math.abs(lightness(divergingColour(1)) - lightness(divergingColour(-1)))).toBeLessThan(8);
});
