// Colours are worked out in OKLab (Björn Ottosson, https://bottosson.github.io/posts/oklab), where equal
// distances look equal: lightness falls evenly from near-white at zero to the same depth at both ends, so
// that neither side looks stronger than the other.

/** Red, green and blue, 0..255, sRGB. */
export type Rgb = readonly [r: number, g: number, b: number];

const hues = { for: 26, against: 258 };
const lightness = { zero: 0.975, end: 0.53 };
const maxChroma = 0.22;

const steps = 255;
const ramps = { for: ramp(hues.for), against: ramp(hues.against) };

/**
 * The colour of a value between -1 (against the class: blue) over 0 (near-white) and 1 (for it: red). Values
 * beyond are those of the ends; NaN is 0.
 */
export function divergingColour(value: number): Rgb {
  const side = value < 0 ? ramps.against : ramps.for;
  const strength = Number.isNaN(value) ? 0 : Math.min(1, Math.abs(value));
  return side[Math.round(strength * steps)] ?? side[0] ?? [255, 255, 255];
}

/**
 * The full colour of a value's sign alone, that of the ends of `divergingColour`: to be laid on something with an opacity that grows
 * with `|value|`.
 */
export function signColour(value: number): Rgb {
  return divergingColour(value < 0 ? -1 : 1);
}

function ramp(hue: number): Rgb[] {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const t = i / steps;
    return oklch(lightness.zero + (lightness.end - lightness.zero) * t, maxChroma * t, hue);
  });
}

/** The colour of that lightness and hue, with as much of the chroma as a screen can show. */
function oklch(light: number, chroma: number, hue: number): Rgb {
  const shows = (c: number) => linearRgb(light, c, hue).every((v) => v >= -1e-4 && v <= 1.0001);
  let [low, high] = [0, chroma];
  if (shows(chroma)) low = chroma;
  for (let i = 0; i < 20 && low < high; i++) {
    const middle = (low + high) / 2;
    if (shows(middle)) low = middle;
    else high = middle;
  }
  const [r, g, b] = linearRgb(light, low, hue);
  return [toByte(r), toByte(g), toByte(b)];
}

function linearRgb(light: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function toByte(linear: number): number {
  const v = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
}
