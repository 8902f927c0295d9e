import type { Heatmap } from "@onnx-lrp/core";
import type { Picture } from "../picture.ts";
import { divergingColour, signColour } from "./colours.ts";

/** The percentile of `|value|` that gets the full colour, unless another is asked for. */
export const fullColourPercentile = 99.5;

/**
 * The relevance that gets the full colour, for one map or several drawn on one scale: the percentile of `|value|` over
 * all their pixels, so that a few outliers do not pale the rest. Where nearly all pixels are zero it is the
 * largest `|value|`, and 0 if there is none.
 *
 * @param options.percentile 0..100, `fullColourPercentile` if left out
 */
export function scaleOf(heatmaps: readonly Heatmap[], options: { percentile?: number } = {}): number {
  const { percentile = fullColourPercentile } = options;
  const sizes = Float32Array.from(
    heatmaps.flatMap(({ values }) => Array.from(values, Math.abs).filter(Number.isFinite)),
  ).sort();
  const last = sizes.length - 1;
  return sizes[Math.round((last * percentile) / 100)] || (sizes[last] ?? 0);
}

/** The largest `|value|` of maps; 0 where there is none. */
export function strongestOf(heatmaps: readonly Heatmap[]): number {
  let strongest = 0;
  for (const { values } of heatmaps) {
    for (const value of values) if (Number.isFinite(value)) strongest = Math.max(strongest, Math.abs(value));
  }
  return strongest;
}

/** The map's own pixels in colour: red for the class, blue against it, full at `±scale`. */
export function paintHeatmap(heatmap: Heatmap, scale: number): Picture {
  const { width, height, values } = heatmap;
  const rgb = new Uint8Array(width * height * 3);
  values.forEach((value, i) => {
    rgb.set(divergingColour(relative(value, scale)), i * 3);
  });
  return { width, height, rgb };
}

/** How an overlay looks. */
export const overlayLook = {
  /** How faded the picture lies under the colours: 0 as it is, 1 white. */
  fade: 0.4,
  /** The most of the picture that the colours hide. */
  maxOpacity: 0.85,
  /** Opacity grows with `|value|` to this power, which lifts faint relevance a little: it is there to be noticed. */
  power: 0.75,
  /**
   * Of coarse maps (`isCoarse`), whose patches would cover the picture as one slab: weak values nearly vanish, and what lies under
   * strong ones stays visible.
   */
  coarse: { maxOpacity: 0.7, power: 1.25 },
} as const;

/** How a map is laid on a picture. */
export interface OverlayOptions {
  /** Whether the picture is in grey, so that only the map has colours, or in its own; `grey` if left out. */
  readonly backdrop?: Backdrop | undefined;
  /** Whether the map is one of patches, not of pixels; false if left out. */
  readonly coarse?: boolean | undefined;
}

/** What lies under a map: the picture in grey, so that only the map has colours, or in its own colours. */
export type Backdrop = "grey" | "colour";

/**
 * The faded picture under the map's colours. They cover it the more the larger `|value|` is, and not at
 * all where it is 0, so that the object shines through.
 *
 * @param picture of the map's width and height
 * @throws RangeError if the sizes differ
 */
export function overlay(
  picture: Picture,
  heatmap: Heatmap,
  scale: number,
  { backdrop = "grey", coarse = false }: OverlayOptions = {},
): Picture {
  const { width, height, values } = heatmap;
  if (picture.width !== width || picture.height !== height) {
    throw new RangeError(
      `a ${width} x ${height} map cannot lie on a ${picture.width} x ${picture.height} picture`,
    );
  }
  const rgb = backdrop === "colour" ? faded(picture) : fadedGrey(picture);
  const { maxOpacity, power } = coarse ? overlayLook.coarse : overlayLook;
  values.forEach((value, i) => {
    const strength = relative(value, scale);
    const opacity = maxOpacity * Math.abs(strength) ** power;
    const colour = signColour(strength);
    for (let c = 0; c < 3; c++) {
      const under = rgb[i * 3 + c] ?? 0;
      rgb[i * 3 + c] = Math.round(under + ((colour[c] ?? 0) - under) * opacity);
    }
  });
  return { width, height, rgb };
}

/**
 * The map's colours on white under a drawing in dark ink, such as a curve, which stays as it is. Each of the map's places is as many
 * pixels wide and high as the drawing is larger.
 *
 * @throws RangeError if the drawing is not an integer multiple of the map
 */
export function underInk(drawing: Picture, heatmap: Heatmap, scale: number): Picture {
  const { width, height, rgb: ink } = drawing;
  const [across, down] = [width / heatmap.width, height / heatmap.height];
  if (!Number.isInteger(across) || !Number.isInteger(down)) {
    throw new RangeError(
      `a ${heatmap.width} x ${heatmap.height} map cannot lie under a drawing of ${width} x ${height}`,
    );
  }
  const rgb = new Uint8Array(ink.length);
  for (let i = 0; i < width * height; i++) {
    const place = Math.floor(Math.floor(i / width) / down) * heatmap.width + Math.floor((i % width) / across);
    const strength = relative(heatmap.values[place] ?? 0, scale);
    const opacity = overlayLook.maxOpacity * Math.abs(strength) ** overlayLook.power;
    const colour = signColour(strength);
    for (let c = 0; c < 3; c++) {
      const ground = 255 + ((colour[c] ?? 0) - 255) * opacity;
      rgb[i * 3 + c] = Math.round((ground * (ink[i * 3 + c] ?? 0)) / 255);
    }
  }
  return { width, height, rgb };
}

function fadedGrey({ rgb }: Picture): Uint8Array {
  const grey = new Uint8Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const luma = 0.299 * (rgb[i] ?? 0) + 0.587 * (rgb[i + 1] ?? 0) + 0.114 * (rgb[i + 2] ?? 0);
    grey.fill(Math.round(luma + (255 - luma) * overlayLook.fade), i, i + 3);
  }
  return grey;
}

function faded({ rgb }: Picture): Uint8Array {
  return rgb.map((value) => Math.round(value + (255 - value) * overlayLook.fade));
}

/** The value over the scale; a scale of 0 belongs to a map without relevance. */
function relative(value: number, scale: number): number {
  const strength = scale > 0 ? value / scale : 0;
  return Number.isNaN(strength) ? 0 : Math.max(-1, Math.min(1, strength));
}
