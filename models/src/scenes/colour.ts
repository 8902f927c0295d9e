import type { Random } from "./random.ts";

/** Red, green and blue, sRGB, each 0..1. */
export type Colour = readonly [number, number, number];

/** A colour by perceived lightness (0..1), chroma (0 grey .. about 0.3) and hue in turns (0..1): OKLCH. */
export function fromLightnessChromaHue(lightness: number, chroma: number, hue: number): Colour {
  const a = chroma * Math.cos(2 * Math.PI * hue);
  const b = chroma * Math.sin(2 * Math.PI * hue);
  const l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const s = cube(lightness - 0.0894841775 * a - 1.291485548 * b);
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

export function blend(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** The two colours of one object, always a dark one and a light one so that the pattern is easy to see. */
interface ColourPair {
  readonly dark: Colour;
  readonly light: Colour;
}

/** A pair whose leading hue keeps away from `avoidHue` (turns). */
export function drawColourPair(random: Random, avoidHue: number): ColourPair {
  const hue = avoidHue + random.between(0.14, 0.86);
  const other = hue + random.pick([0, 0.06, -0.06, 0.33, 0.5, -0.33]);
  if (random.chance(0.55)) {
    return {
      dark: fromLightnessChromaHue(random.between(0.4, 0.55), random.between(0.12, 0.2), hue),
      light: fromLightnessChromaHue(random.between(0.9, 0.96), random.between(0.015, 0.07), other),
    };
  }
  return {
    dark: fromLightnessChromaHue(random.between(0.24, 0.36), random.between(0.05, 0.11), other),
    light: fromLightnessChromaHue(random.between(0.76, 0.87), random.between(0.11, 0.17), hue),
  };
}

function cube(value: number): number {
  return value * value * value;
}

function encode(linear: number): number {
  const value = Math.min(Math.max(linear, 0), 1);
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}
