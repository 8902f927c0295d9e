/** What an explanation gives to a page: numbers, and pictures of them. */
import type { DrawnTarget, ExplainedInput } from "@onnx-lrp/network/portable";
import { drawFigure, drawMap } from "./draw.ts";

/** The input with the map laid on it and the map alone, with words; or the map alone, its pixels as squares. */
export type Look = "figure" | "map";

/** One target's map. */
export interface TargetExplanation extends DrawnTarget {
  /** A PNG. */
  png(look?: Look): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a network says of one input, and why. */
export interface ExplanationResult extends Omit<ExplainedInput, "explanations"> {
  /** One for each target, in their order; of targets that turn out to be the same the first. */
  readonly explanations: readonly TargetExplanation[];
  /** A PNG: the maps of all targets in one figure. */
  png(): Promise<Uint8Array<ArrayBuffer>>;
}

export function withPictures(explained: ExplainedInput): ExplanationResult {
  const { explanations, ...answer } = explained;
  return {
    ...answer,
    png: () => drawFigure(explained, explanations),
    explanations: explanations.map((one) => ({
      ...one,
      png: (look = "figure") => (look === "figure" ? drawFigure(explained, [one]) : drawMap(one.map.heatmap)),
    })),
  };
}
