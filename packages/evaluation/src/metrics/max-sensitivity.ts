/**
 * Max-sensitivity: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", NeurIPS 2019, their
 * SENS_MAX.
 *
 *     max over |d|_inf <= r of ||R(x + d) - R(x)|| / ||R(x)||
 *
 * with the maximum over 10 draws, each number of d evenly between -r and r (Monte Carlo, as in the authors' code and captum,
 * which divide by the map's norm as here). R is the sum over channels. No units; lower is better. An empty map gives no reading.
 *
 * r is 2 % of the picture's own range, from its smallest number to its largest, since the input space has no other scale;
 * x + d is kept within that range, so that it stays a picture (uint8 inputs, bounds of the zB rule). The draws are the same
 * for every method.
 */
import type { Random } from "@onnx-lrp/core/internal";
import type { Metric } from "../types.ts";
import { metricGroups } from "./groups.ts";
import { randomFor } from "./random.ts";

const draws = 10;
const share = 0.02;

interface Range {
  readonly low: number;
  readonly high: number;
}

function rangeOf(picture: Float32Array): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of picture) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

/** The picture with noise, within its range. */
function shaken(picture: Float32Array, { low, high }: Range, random: Random): Float32Array {
  const radius = share * (high - low);
  return picture.map((value) => Math.min(Math.max(value + radius * (2 * random.uniform() - 1), low), high));
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? Number.NaN)) ** 2, 0));
}

export const maxSensitivity: Metric = {
  name: "max-sensitivity",
  group: metricGroups.other,
  summary: "How far the map moves, at most, when the picture changes by 2 %",
  source: "Yeh et al. 2019, max-sensitivity",
  target: "label",
  needsRegion: false,
  better: "lower",
  parameter: undefined,
  value: "relative change of the map",
  async evaluate(context) {
    const { item, heatmap, explain } = context;
    const norm = distance(heatmap.values, new Float32Array(heatmap.values.length));
    if (norm === 0) return [];
    const random = randomFor(context, "max-sensitivity");
    const range = rangeOf(item.data);
    const maps = await explain(Array.from({ length: draws }, () => shaken(item.data, range, random)));
    const changes = maps.map(({ values }) => distance(values, heatmap.values) / norm);
    return [{ parameter: 0, value: Math.max(...changes) }];
  },
};
