/** From a map in the shape of the network's input to one number for each place. */
import type { Axes } from "./grid/axes.ts";
import { type Grid, gridSizes, oneChannelAxes, placeCount, strides } from "./grid/grid.ts";

/**
 * One value for each place: a pixel, a moment of a signal (height 1), a voxel (row by row of each plane). Positive
 * supports the class, negative contradicts it.
 */
export interface Heatmap {
  readonly width: number;
  readonly height: number;
  /** Planes of a volume, one after another; left out, 1. */
  readonly depth?: number;
  readonly values: Float32Array;
}

/** Shape of a map without input and target: that of the network's input, or one channel of its size. */
export interface MapShape extends Grid {
  readonly axes: Axes;
}

/**
 * Whether only what speaks for the class is kept: `pixel` takes the positive part of the sum over channels, `channel`
 * (the SGLRP paper's Eq. 9) that of each channel before the sum, `none` keeps both signs.
 */
export type Clamp = "pixel" | "channel" | "none";

/** The sum of a map over its channels. @param relevance of the shape `map`, row-major */
export function heatmapOf(relevance: Float32Array, map: Grid, clamp: Clamp = "none"): Heatmap {
  const { channels, depth, height, width } = map;
  const step = strides(map);
  const values = new Float32Array(placeCount(map));
  for (let place = 0; place < values.length; place += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      const value = relevance[channel * step.channel + place * step.place] ?? 0;
      sum += clamp === "channel" ? Math.max(value, 0) : value;
    }
    values[place] = clamp === "pixel" ? Math.max(sum, 0) : sum;
  }
  return { width, height, ...(depth === 1 ? {} : { depth }), values };
}

/** A map's shape as sizes in order, as arrays are written. */
export function mapSizes(map: MapShape): number[] {
  return gridSizes(map.axes, map);
}

/** The shape of a map with one number for each place of an input. */
export function oneChannel(input: MapShape): MapShape {
  const { depth, height, width } = input;
  return { axes: oneChannelAxes(input.axes, input), layout: "nchw", channels: 1, depth, height, width };
}
