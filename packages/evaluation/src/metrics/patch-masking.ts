/**
 * Maximal patch masking: Iwana, Kuroki, Uchida, "Explaining CNNs using Softmax Gradient LRP", ICCVW 2019, sections 5.3.1
 * (the ground truth, Fig. 11) and 5.3.2 (the second most probable class).
 *
 *     change(p) = p_t(x with the p x p patch around argmax R hidden) - p_t(x)        p = 1, 3, 5, 7, 9 pixels
 *
 * with R the method's map for the class t, summed over channels; of signals and volumes the patch has p places along each axis. Hidden means set to the data set's mean colour. Units:
 * probability, from -1 to 1; below zero the patch supported the class, so lower is better.
 *
 * Where the paper is silent: ties of the maximum go to the first pixel, row by row; a patch is clipped at the border; the change is absolute,
 * not relative to p_t, and counts whether or not the network is right. The signed map and its positive part have the same
 * maximum wherever anything is positive; if nothing is, the signed map's is used.
 */
import type { InputPort } from "@onnx-lrp/core";
import type { Metric, MetricContext, Reading } from "../types.ts";
import { metricGroups } from "./groups.ts";
import { firstMaximum } from "./maximum.ts";
import { type Patch, scoresOf, withPatch } from "./picture.ts";

const sides = [1, 3, 5, 7, 9];

/** The square around a place, or what it is along other axes, as much of it as lies in the input. @param side odd */
export function patchAround(pixel: number, side: number, { depth, width, height }: InputPort): Patch {
  const [x, y, z] = [pixel % width, Math.floor(pixel / width) % height, Math.floor(pixel / (width * height))];
  const reach = (side - 1) / 2;
  return {
    front: Math.max(z - reach, 0),
    top: Math.max(y - reach, 0),
    left: Math.max(x - reach, 0),
    back: Math.min(z + reach + 1, depth),
    bottom: Math.min(y + reach + 1, height),
    right: Math.min(x + reach + 1, width),
  };
}

async function evaluate(context: MetricContext): Promise<Reading[]> {
  const { image, item, heatmap, scorer, fill, target, scores } = context;
  const centre = firstMaximum(heatmap.values);
  const masked = sides.map((side) => withPatch(item.data, image, patchAround(centre, side, image), fill));
  const before = scores.probabilities[target] ?? Number.NaN;
  const after = await scoresOf(scorer, masked, target, "probabilities");
  return sides.map((parameter, i) => ({ parameter, value: (after[i] ?? Number.NaN) - before }));
}

const shared = {
  group: metricGroups.patchMasking,
  needsRegion: false,
  better: "lower",
  parameter: "patch size (pixels)",
  value: "change of probability",
  evaluate,
} as const;

export const patchMasking: Metric = {
  ...shared,
  name: "patch-masking",
  title: "Maximal patch masking, ground truth (the paper's Fig. 11)",
  summary: "Change of the label's probability when the patch around the map's maximum is hidden",
  source: "Iwana et al. 2019, section 5.3.1 and Fig. 11",
  target: "label",
};

export const patchMaskingSecond: Metric = {
  ...shared,
  name: "patch-masking-second",
  title: "Maximal patch masking, second most probable class",
  summary: "The same for the second most probable class, with its map and its probability",
  source: "Iwana et al. 2019, section 5.3.2",
  target: "second",
};
