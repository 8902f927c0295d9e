/** Long signals in few columns, and which of many channels to draw. */
import type { Heatmap } from "@onnx-lrp/core";
import type { SignalView } from "./view.ts";

/** The samples from the first up to, not including, the second, that stand in a column. */
export function samplesOf(column: number, columns: number, length: number): readonly [number, number] {
  return [Math.floor((column * length) / columns), Math.floor(((column + 1) * length) / columns)];
}

/**
 * Each row in that many columns.
 *
 * @param columns at most the map's width
 * @param how of a column's samples the value that is largest by size, so that a single strong sample stays to be seen, or their mean
 */
export function inColumns(
  { width, height, values }: Heatmap,
  columns: number,
  how: "strongest" | "mean",
): Heatmap {
  if (columns === width) return { width, height, values };
  const reduced = new Float32Array(columns * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const [from, to] = samplesOf(column, columns, width);
      const samples = values.subarray(row * width + from, row * width + to);
      reduced[row * columns + column] =
        how === "mean"
          ? samples.reduce((sum, value) => sum + value, 0) / samples.length
          : samples.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    }
  }
  return { width: columns, height, values: reduced };
}

/** The lowest and the highest sample of each column; NaN where it has no number. */
export interface Envelope {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

export function envelopeOf(samples: Float32Array, columns: number): Envelope {
  const low = new Float32Array(columns).fill(Number.NaN);
  const high = new Float32Array(columns).fill(Number.NaN);
  for (let column = 0; column < columns; column += 1) {
    const [from, to] = samplesOf(column, columns, samples.length);
    const there = samples.subarray(from, to).filter(Number.isFinite);
    if (there.length === 0) continue;
    low[column] = there.reduce((a, b) => Math.min(a, b));
    high[column] = there.reduce((a, b) => Math.max(a, b));
  }
  return { low, high };
}

/** As many channels of a signal as a figure has room for. */
export const mostChannels = 16;

/**
 * The channels to draw, in their order: all, or those with the most relevance by size in any of the maps, each map counting the same.
 *
 * @param maps with one row for each channel; those with a single row do not distinguish channels
 */
export function channelsToDraw(
  { channels }: SignalView,
  maps: readonly Heatmap[],
  most = mostChannels,
): number[] {
  const all = Array.from({ length: channels }, (_, channel) => channel);
  if (channels <= most) return all;
  const strength = new Float64Array(channels);
  for (const { width, height, values } of maps) {
    if (height !== channels) continue;
    const sizes = all.map((channel) =>
      values
        .subarray(channel * width, (channel + 1) * width)
        .reduce((sum, value) => sum + (Math.abs(value) || 0), 0),
    );
    const largest = Math.max(...sizes);
    for (const [channel, size] of sizes.entries()) {
      strength[channel] = Math.max(strength[channel] ?? 0, largest > 0 ? size / largest : 0);
    }
  }
  const order = [...all].sort((a, b) => (strength[b] ?? 0) - (strength[a] ?? 0) || a - b);
  return order.slice(0, most).sort((a, b) => a - b);
}

/** Those rows of a map; all from a single one if it does not distinguish channels. */
export function rowsOf({ width, height, values }: Heatmap, channels: readonly number[]): Heatmap {
  const rows = new Float32Array(channels.length * width);
  for (const [i, channel] of channels.entries()) {
    const row = height === 1 ? 0 : channel;
    rows.set(values.subarray(row * width, (row + 1) * width), i * width);
  }
  return { width, height: channels.length, values: rows };
}
