/** A network's predictions for a picture under each preset of preprocessing. */

import type { PictureSize } from "@onnx-lrp/core";
import { hasFixedSize, type InputFile, type KnownNetwork } from "@onnx-lrp/network/internal";
import type { FileScorerOptions } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { PresetTrial } from "@onnx-lrp/pictures/internal";
import { className, percent } from "./format.ts";

export interface Trials {
  readonly trials: readonly PresetTrial[];
  readonly classes: number;
}

/**
 * @param at height and width of the network's input
 * @returns undefined for networks and files that presets do not apply to
 * @throws UserError `input` if the picture cannot be read
 */
export async function tryPresetsOn(
  { file, inputs, picture, spec }: KnownNetwork,
  { path, kind }: InputFile,
  { height, width }: PictureSize,
  options: FileScorerOptions,
): Promise<Trials | undefined> {
  const { openFileScorer } = await import("@onnx-lrp/node");
  const { decodeForChannels } = await import("@onnx-lrp/node/internal");
  const { isPictureChannels, isPictureInput, tryPresets } = await import("@onnx-lrp/pictures/internal");
  const { layout, channels } = picture;
  if (kind !== "picture" || !isPictureInput(picture) || !isPictureChannels(channels)) return undefined;
  const decoded = await decodeForChannels(path, channels);
  if (decoded.kind !== "colours") return undefined;
  const size = hasFixedSize(picture) ? undefined : { height, width };
  const scorer = await openFileScorer(file, { ...options, ...inputs, size });
  try {
    const shape = { height, width, layout, channels };
    const trials = await tryPresets(decoded.picture, spec, shape, (tensors) => scorer.score(tensors));
    return { trials, classes: scorer.head.classes };
  } finally {
    await scorer.release();
  }
}

/** The sentence for a preset under which the network is much surer of the picture; undefined if there is none. */
export async function surerSentence(
  { trials, classes }: Trials,
  present: string,
  labels: readonly string[] | undefined,
): Promise<string | undefined> {
  const { surerPreset } = await import("@onnx-lrp/pictures/internal");
  const found = surerPreset(trials, present, classes);
  if (found === undefined) return undefined;
  const { now, surer } = found;
  const seen = (trial: PresetTrial) =>
    `${percent(trial.probability)} ${className(labels?.[trial.class] ?? null, trial.class)}`;
  return `The network is much surer with --preprocess ${surer.preset}: ${seen(surer)}, now ${seen(now)}.`;
}

/** undefined if the picture cannot be read or scored, which is reported when it is explained. */
export async function unlessInputFails<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UserError && (error.kind === "input" || error.kind === "scores")) return undefined;
    throw error;
  }
}
