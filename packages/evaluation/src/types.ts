/** The data that data sets, metrics and runs of an evaluation exchange. */
import type { Heatmap, InputPort, Scorer, Scores } from "@onnx-lrp/core";

/** A rectangle in pixels of a picture as stored in its file (EXIF orientation applied); the far edges are exclusive. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where the objects of the picture's class are. */
export type Region =
  | { readonly kind: "boxes"; readonly boxes: readonly Box[] }
  /** A grey picture of the same size, whose pixels that are not black belong to the object. */
  | { readonly kind: "mask-file"; readonly path: string }
  | { readonly kind: "none" };

/** One picture of a data set, with its label and region. */
export interface Item {
  /** Names the item in results: its path within the data set, with / between folders; unique. For scenes with two objects "path#class". */
  readonly id: string;
  /** Absolute path of the picture. */
  readonly path: string;
  /** The class, as the network numbers it. */
  readonly label: number;
  /** Of the label's class alone. */
  readonly region: Region;
}

/** Inputs with what is known of them. */
export interface DataSet {
  readonly name: string;
  /** In an order that depends on nothing but the data set. */
  readonly items: readonly Item[];
  /** What was left out of the list, one sentence each (pictures without a label that the network knows, ...). */
  readonly notes: readonly string[];
}

/** A picture as the network takes it, with its region in the network's coordinates. */
export interface PreparedItem {
  readonly item: Item;
  /** In the input's shape without the batch. */
  readonly data: Float32Array;
  /** height * width, 1 inside the region and 0 outside; undefined if no region is known. */
  readonly inside: Uint8Array | undefined;
}

/** Everything that a metric may use at one picture, for one method. */
export interface MetricContext {
  readonly image: InputPort;
  readonly item: PreparedItem;
  /** The network's scores of the unchanged picture. */
  readonly scores: Scores;
  /** The class that is explained: the label, or for metrics of `target: "second"` the second most probable class. */
  readonly target: number;
  /** The method's map for `target`, summed over channels, both signs. */
  readonly heatmap: Heatmap;
  /** The network. */
  readonly scorer: Scorer;
  /** The data set's mean colour in the network's input space, one number per channel: the value of hidden pixels. */
  readonly fill: readonly number[];
  /** Maps of changed pictures by the same method, for metrics of stability; each for the class `target`. */
  readonly explain: (pictures: readonly Float32Array[]) => Promise<Heatmap[]>;
  /** Of the run; mix it with `hashPicture(item.data)` so that nothing depends on order or batch. */
  readonly seed: number;
}

/** One number of a metric at a picture. A curve has one for each of its parameters (patch size, energy, share of pixels). */
export interface Reading {
  readonly parameter: number;
  readonly value: number;
  /** How many things `value` is the mean of (pixels, for a share of pixels), if a figure pooled over pictures makes sense. */
  readonly weight?: number;
}

/** All readings of one picture. */
export interface PictureReadings {
  readonly index: number;
  readonly image: string;
  /** By metric, then by method; readings by ascending parameter. */
  readonly metrics: ReadonlyMap<string, ReadonlyMap<string, readonly Required<Reading>[]>>;
}

/** Metrics that a report shows in one table. */
export interface MetricGroup {
  readonly title: string;
  /** What the table shows, in a sentence or a few. */
  readonly note?: string;
}

/** A metric by the name that users type. */
export interface Metric {
  readonly name: string;
  /** Of its chart; default the name. */
  readonly title?: string;
  readonly group: MetricGroup;
  /** One line for lists. */
  readonly summary: string;
  /** Paper and equation. */
  readonly source: string;
  /** Whether it explains the picture's label or the second most probable class. */
  readonly target: "label" | "second";
  readonly needsRegion: boolean;
  /** Whether more is better, for `tune` and for ordering tables. */
  readonly better: "higher" | "lower";
  /** What the parameters are, in words for axes: "patch size (pixels)", "energy (%)"; undefined for single numbers. */
  readonly parameter: string | undefined;
  /** What values are, in words: "change of probability", "accuracy". */
  readonly value: string;
  /**
   * @returns the readings; empty if the metric does not apply to this picture (no positive pixel, no region); such
   * pictures are counted
   */
  evaluate(context: MetricContext): Promise<readonly Reading[]>;
  /** The expected value of an uninformed map at this picture, computed, not sampled; left out if it is unknown. */
  chance?(context: Pick<MetricContext, "item" | "image">): readonly Reading[];
  /** The one number that represents the readings of a picture in tables and in `tune` (area under a curve, a mean); default the mean. */
  headline?(readings: readonly Reading[]): number;
}

/** A metric without its evaluation, as a summary needs it. */
export type MetricInfo = Pick<
  Metric,
  "name" | "title" | "group" | "summary" | "source" | "target" | "better" | "parameter" | "value" | "headline"
>;
