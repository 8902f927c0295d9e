/**
 * Samples to 8-bit colours, to the numbers of PIL's `convert("RGB")` and `convert("RGBA")`
 * (https://github.com/python-pillow/Pillow: libImaging/Unpack.c for 16-bit colours, libImaging/Convert.c for the others).
 */
import type { Picture } from "@onnx-lrp/pictures";
import { colourBands, type SampleData, type Samples, UndecodableError } from "./samples.ts";

/** A picture, and what its user had better know of how its numbers came about: the ends of sentences that begin with the file. */
export interface Converted {
  readonly picture: Picture;
  readonly notes: readonly string[];
}

/** @param plainGrey whether grey samples without others are all there is in the file: no transparent grey with 16 bits */
export function convertSamples(samples: Samples, plainGrey: boolean): Converted {
  const { width, height, bands, space } = samples;
  const colours = colourBands[space];
  if (bands > colours + 1) {
    throw new UndecodableError(`has ${bands} bands, more than a picture's colours and transparency`, {
      remedy: "pick the bands that the network takes, and save those",
    });
  }
  const { bytes, notes } = toBytes(samples, plainGrey);
  const rgb = new Uint8Array(width * height * 3);
  convertPixels[space](bytes, bands, rgb);
  const alpha = bands > colours ? everyFrom(bytes, bands, colours) : undefined;
  return { picture: { width, height, rgb, ...(alpha === undefined ? {} : { alpha }) }, notes };
}

const convertPixels = {
  grey(bytes: Uint8Array, bands: number, rgb: Uint8Array): void {
    for (let i = 0, at = 0; at < rgb.length; i += bands, at += 3) rgb.fill(bytes[i] ?? 0, at, at + 3);
  },
  rgb(bytes: Uint8Array, bands: number, rgb: Uint8Array): void {
    for (let i = 0, at = 0; at < rgb.length; i += bands, at += 3) {
      for (let c = 0; c < 3; c += 1) rgb[at + c] = bytes[i + c] ?? 0;
    }
  },
  /** `cmyk2rgb` of libImaging/Convert.c. */
  cmyk(bytes: Uint8Array, bands: number, rgb: Uint8Array): void {
    for (let i = 0, at = 0; at < rgb.length; i += bands, at += 3) {
      const light = 255 - (bytes[i + 3] ?? 0);
      for (let c = 0; c < 3; c += 1) {
        const product = (bytes[i + c] ?? 0) * light + 128;
        rgb[at + c] = Math.max(0, light - (((product >> 8) + product) >> 8));
      }
    }
  },
} as const;

function toBytes(samples: Samples, plainGrey: boolean): { bytes: Uint8Array; notes: string[] } {
  const { data } = samples;
  if (data instanceof Uint8Array) return { bytes: data, notes: [] };
  if (data instanceof Uint16Array && !plainGrey) {
    return { bytes: Uint8Array.from(data, (value) => value >> 8), notes: highByteNotes(data) };
  }
  // PIL's modes I;16, I and F are cut to the range of a byte, not scaled to it. Rounding is towards 0.
  return { bytes: clipped(data), notes: clippingNotes(data) };
}

function clipped(data: SampleData): Uint8Array {
  return Uint8Array.from(data, (value) => Math.min(Math.max(value, 0), 255));
}

/** Cameras of 10, 12 or 14 bits leave the upper bits of 16 empty. */
function highByteNotes(data: Uint16Array): string[] {
  const { max } = rangeOf(data);
  const bits = Math.max(1, Math.ceil(Math.log2(max + 1)));
  if (max === 0 || bits > 14) return [];
  return [
    `has 16 bits per sample and uses ${bits} of them (up to ${max}); the upper 8 are taken, as PIL does, so that the picture is almost black: scale it to 16 or to 8 bits if the network was trained with a brighter one`,
  ];
}

function clippingNotes(data: SampleData): string[] {
  const { min, max, outside } = rangeOf(data);
  if (outside > 0) {
    const share = Math.max(1, Math.round((100 * outside) / data.length));
    return [
      `has numbers from ${rounded(min)} to ${rounded(max)}, of which those outside of 0 to 255 (${share} %) become 0 or 255, as PIL's convert("RGB") has it; scale it to 8 bits if the network was trained with other numbers`,
    ];
  }
  if (max <= 1 && max > 0 && (data instanceof Float32Array || data instanceof Float64Array)) {
    return [
      `has numbers from ${rounded(min)} to ${rounded(max)}, which are taken for 0 to 255, as PIL does, so that the picture is black; multiply them by 255 if that is meant`,
    ];
  }
  return [];
}

function rangeOf(data: SampleData): { min: number; max: number; outside: number } {
  let [min, max, outside] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of data) {
    if (value < min) min = value;
    if (value > max) max = value;
    if (value < 0 || value >= 256) outside += 1;
  }
  return { min, max, outside };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function everyFrom(bytes: Uint8Array, step: number, first: number): Uint8Array {
  const picked = new Uint8Array(bytes.length / step);
  for (let i = 0; i < picked.length; i += 1) picked[i] = bytes[i * step + first] ?? 0;
  return picked;
}
