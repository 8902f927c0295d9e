/**
 * Paints maps within a page as `paintHeatmap` and `overlay` do in a figure, byte for byte, from tables instead of colours worked
 * out anew. What runs in the page calls nothing of this module but what stands in `painting`.
 */
import { divergingColour, signColour } from "./colours.ts";
import { overlayLook } from "./heatmap.ts";

export type Sign = "both" | "for" | "against";

/** What painting needs to know, as JSON. */
export interface Look {
  /** Red, green and blue of the values from -255 to 255, each over 255. */
  readonly ramp: readonly number[];
  readonly vivid: { readonly for: readonly number[]; readonly against: readonly number[] };
  readonly fade: number;
  readonly maxOpacity: number;
  readonly power: number;
  /** Of maps in patches. */
  readonly coarse: { readonly maxOpacity: number; readonly power: number };
}

export function pageLook(): Look {
  return {
    ramp: Array.from({ length: 511 }, (_, i) => divergingColour((i - 255) / 255)).flat(),
    vivid: { for: signColour(1), against: signColour(-1) },
    ...overlayLook,
  };
}

/** -1..1; 0 for what is no number, or of the other sign. */
function strengthOf(value: number, scale: number, sign: Sign): number {
  const strength = scale > 0 ? Math.max(-1, Math.min(1, value / scale)) : 0;
  if (Number.isNaN(strength) || (sign === "for" && strength < 0) || (sign === "against" && strength > 0))
    return 0;
  return strength;
}

/** @returns red, green, blue and opacity of each pixel */
export function paintMap(
  values: Float32Array,
  scale: number,
  sign: Sign,
  look: Look,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(values.length * 4).fill(255);
  for (let i = 0; i < values.length; i++) {
    const strength = strengthOf(values[i] ?? 0, scale, sign);
    const entry = 255 + Math.sign(strength) * Math.round(Math.abs(strength) * 255);
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = look.ramp[entry * 3 + c] ?? 0;
  }
  return rgba;
}

/** @param picture red, green, blue and opacity of each pixel */
export function paintOverlay(
  picture: ArrayLike<number>,
  values: Float32Array,
  scale: number,
  sign: Sign,
  look: Look,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(values.length * 4).fill(255);
  for (let i = 0; i < values.length; i++) {
    const [r, g, b] = [picture[i * 4] ?? 0, picture[i * 4 + 1] ?? 0, picture[i * 4 + 2] ?? 0];
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    const grey = Math.round(luma + (255 - luma) * look.fade);
    const strength = strengthOf(values[i] ?? 0, scale, sign);
    const opacity = look.maxOpacity * Math.abs(strength) ** look.power;
    const colour = strength < 0 ? look.vivid.against : look.vivid.for;
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = Math.round(grey + ((colour[c] ?? 0) - grey) * opacity);
  }
  return rgba;
}

/**
 * @param drawing in ink on white: red, green, blue and opacity of each pixel
 * @param across the drawing's pixels for each place of the map, in width and in height
 */
export function paintUnderInk(
  drawing: ArrayLike<number>,
  map: { readonly width: number; readonly height: number; readonly values: Float32Array },
  across: number,
  down: number,
  scale: number,
  sign: Sign,
  look: Look,
): Uint8ClampedArray<ArrayBuffer> {
  const width = map.width * across;
  const rgba = new Uint8ClampedArray(map.values.length * across * down * 4).fill(255);
  for (let i = 0; i < rgba.length / 4; i++) {
    const place = Math.floor(Math.floor(i / width) / down) * map.width + Math.floor((i % width) / across);
    const strength = strengthOf(map.values[place] ?? 0, scale, sign);
    const opacity = look.maxOpacity * Math.abs(strength) ** look.power;
    const colour = strength < 0 ? look.vivid.against : look.vivid.for;
    for (let c = 0; c < 3; c++) {
      const ground = 255 + ((colour[c] ?? 0) - 255) * opacity;
      rgba[i * 4 + c] = Math.round((ground * (drawing[i * 4 + c] ?? 0)) / 255);
    }
  }
  return rgba;
}

/** Each place of a map `across` pixels wide and `down` high. @param rgba of each place of a map that is `width` wide */
export function repeatPlaces(
  rgba: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  across: number,
  down: number,
): Uint8ClampedArray<ArrayBuffer> {
  if (across === 1 && down === 1) return rgba;
  const wide = width * across;
  const repeated = new Uint8ClampedArray(rgba.length * across * down);
  for (let i = 0; i < repeated.length / 4; i++) {
    const place = Math.floor(Math.floor(i / wide) / down) * width + Math.floor((i % wide) / across);
    repeated.set(rgba.subarray(place * 4, place * 4 + 4), i * 4);
  }
  return repeated;
}

export const painting = [strengthOf, paintMap, paintOverlay, paintUnderInk, repeatPlaces] as const;
