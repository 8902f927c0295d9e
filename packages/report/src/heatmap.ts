import type { Heatmap } from "@onnx-lrp/core";
import type { Picture } from "@onnx-lrp/node";
import { divergingColour, signColour } from "./colours.ts";

/** The percentile of `|value|` that gets the full colour, unless another is asked for. */
export const fullColourPercentile = 99.5;

/**
 * The relevance that gets the full colour, for one map or several drawn alike: the percentile of `|value|` over
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
} as const;

/**
 * The picture in faded grey under the map's colours. They cover it the more the larger `|value|` is, and not at
 * all where it is 0, so that the object shines through.
 *
 * @param picture of the map's width and height
 * @throws RangeError if the sizes differ
 */
export function overlay(picture: Picture, heatmap: Heatmap, scale: number): Picture {
  const { width, height, values } = heatmap;
  if (picture.width !== width || picture.height !== height) {
    throw new RangeError(
      `a ${width} x ${height} map cannot lie on a ${picture.width} x ${picture.height} picture`,
    );
  }
  const rgb = fadedGrey(picture);
  values.forEach((value, i) => {
    const strength = relative(value, scale);
    const opacity = overlayLook.maxOpacity * Math.abs(strength) ** overlayLook.power;
    const colour = signColour(strength);
    const grey = rgb[i * 3] ?? 0;
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = Math.round(grey + ((colour[c] ?? 0) - grey) * opacity);
  });
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

/**
 * The map smoothed by a gaussian of `sigma` pixels, which keeps its sum up to what is mirrored at the borders.
 * Relevance is scattered over single pixels; what the eye asks of an overlay is where it gathers.
 */
export function smooth(heatmap: Heatmap, sigma: number): Heatmap {
  if (!(sigma > 0)) return heatmap;
  const { width, height } = heatmap;
  const rows = blurLines(heatmap.values, { lines: height, length: width, lineStep: width, step: 1 }, sigma);
  const values = blurLines(rows, { lines: width, length: height, lineStep: 1, step: width }, sigma);
  return { width, height, values };
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  readonly lineStep: number;
  readonly step: number;
}

function blurLines(
  values: Float32Array,
  { lines, length, lineStep, step }: Lines,
  sigma: number,
): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-0.5 * ((k - reach) / sigma) ** 2),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  const blurred = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++) {
        const from = mirror(i + k, length);
        sum += (kernel[k + reach] ?? 0) * (values[line * lineStep + from * step] ?? 0);
      }
      blurred[line * lineStep + i * step] = sum / total;
    }
  }
  return blurred;
}

function mirror(i: number, length: number): number {
  const folded = ((i % (2 * length)) + 2 * length) % (2 * length);
  return folded < length ? folded : 2 * length - 1 - folded;
}

/** `smooth` and all that it calls, for a page's script (`comparison/script-text.ts`). */
export const smoothing = [smooth, blurLines, mirror] as const;

/** The value over the scale; a scale of 0 belongs to a map without relevance. */
function relative(value: number, scale: number): number {
  const strength = scale > 0 ? value / scale : 0;
  return Number.isNaN(strength) ? 0 : Math.max(-1, Math.min(1, strength));
}
