import type { Heatmap } from "@onnx-lrp/core";
import type { Backdrop } from "@onnx-lrp/pictures";
import type { Prediction } from "../predictions.ts";

/** One target's map, with what is written about it. */
export interface FigureExplanation {
  /** Of a picture at its width and height; of a signal with a row for each channel, or one row; of features a single row. */
  readonly heatmap: Heatmap;
  /** The relevance of each channel, drawn as bars. */
  readonly byChannel?: Float32Array | undefined;
  readonly label: string;
  /** 0..1, written after the label. */
  readonly probability: number | undefined;
  /** Of a detector: what is explained, in pixels of the input's picture. */
  readonly box?: FigureBox | undefined;
  /** A small line under the colour bar of a picture's map. */
  readonly note?: string | undefined;
}

export interface FigureBox {
  /** Written at its corner. */
  readonly rank: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Whether each map has a range of colours to itself, or all have one. */
export type FigureScale = "each" | "shared";

/** How all explanations of a figure are drawn. */
export interface FigureLook {
  readonly scale: FigureScale;
  /** Of pictures: what lies under the map. */
  readonly backdrop: Backdrop;
  /** Of pictures: what the network says of the input, written under it. */
  readonly predictions: readonly Prediction[];
  /** Small print. */
  readonly caption: string;
}
