/** One value a pixel, row by row from the top left: positive speaks for the class, negative against. */
export interface Heatmap {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Shape of a map without picture and target: that of the network's input, or one channel of its size. */
export interface MapShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly layout: "nchw" | "nhwc";
}

/**
 * Whether only what speaks for the class is kept: `pixel` takes the positive part of the sum over channels, `channel`
 * (the SGLRP paper's Eq. 9) that of each channel before the sum, `none` keeps both signs.
 */
export type Clamp = "pixel" | "channel" | "none";

/** The sum of a map over its channels. @param relevance of the shape `map`, row-major */
export function heatmapOf(relevance: Float32Array, map: MapShape, clamp: Clamp = "none"): Heatmap {
  const { channels, height, width, layout } = map;
  const pixels = height * width;
  const values = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      const value = relevance[layout === "nchw" ? channel * pixels + pixel : pixel * channels + channel] ?? 0;
      sum += clamp === "channel" ? Math.max(value, 0) : value;
    }
    values[pixel] = clamp === "pixel" ? Math.max(sum, 0) : sum;
  }
  return { width, height, values };
}

/** A map's shape as sizes in order, as arrays are written. */
export function mapSizes({ channels, height, width, layout }: MapShape): number[] {
  return layout === "nchw" ? [channels, height, width] : [height, width, channels];
}
