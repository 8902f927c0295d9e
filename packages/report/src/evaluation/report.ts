/** What the page of an evaluation shows (`renderEvaluationPage`): plain data, of any evaluation. */
import type { Chart } from "../chart/line-chart.ts";

/** What an evaluation's page shows, as data. */
export interface EvaluationReport {
  readonly title: string;
  /** What was evaluated on what, in a line. */
  readonly subtitle?: string | undefined;
  /** The results in sentences, above all tables. */
  readonly findings?: readonly string[] | undefined;
  readonly tables: readonly EvaluationTable[];
  readonly charts: readonly EvaluationChart[];
  readonly galleries: readonly Gallery[];
  /** Pictures or methods that have no result. */
  readonly failures: readonly Failure[];
  readonly run: EvaluationRun;
}

/** How to repeat the run. */
export interface EvaluationRun {
  /** The command line, as it can be typed. */
  readonly command: string;
  /** Every option with its value, including defaults, and what else it depends on (versions, hashes). */
  readonly options: readonly { readonly name: string; readonly value: string }[];
}

/** Methods by metrics. */
export interface EvaluationTable {
  readonly title: string;
  readonly note?: string | undefined;
  readonly metrics: readonly EvaluationMetric[];
  readonly rows: readonly EvaluationRow[];
}

/** A column of a table: a metric, and which end of it is better. */
export interface EvaluationMetric {
  readonly name: string;
  /** What it is, in a line. */
  readonly summary?: string | undefined;
  readonly better: "higher" | "lower";
}

/** A row of a table: a method with its results. */
export interface EvaluationRow {
  /** The method, or a control: "chance", "random". */
  readonly name: string;
  /** Chance and controls: below the methods, never the best. */
  readonly control?: boolean | undefined;
  /** In the metrics' order; undefined if the method has no result. */
  readonly cells: readonly (EvaluationCell | undefined)[];
}

/** The mean of a metric with its interval. */
export interface EvaluationCell {
  readonly mean: number;
  /** Ends of the 95 % interval. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Number of pictures; undefined if the mean was computed rather than measured. */
  readonly n?: number | undefined;
}

/** A chart with words about it. */
export interface EvaluationChart {
  readonly chart: Chart;
  /** What to see in it. */
  readonly note?: string | undefined;
}

/** Pictures with their maps. */
export interface Gallery {
  readonly title: string;
  readonly note?: string | undefined;
  /** Whether its pictures need room, as curves do. */
  readonly wide?: boolean | undefined;
  readonly rows: readonly GalleryRow[];
}

/** Pictures in a row under a title. */
export interface GalleryRow {
  readonly title: string;
  readonly note?: string | undefined;
  readonly pictures: readonly GalleryPicture[];
}

/** A picture with its caption. */
export interface GalleryPicture {
  /** The bytes of a PNG file. */
  readonly png: Uint8Array;
  readonly caption: string;
}

/** What has no result, and why. */
export interface Failure {
  /** What failed: a picture's path, or a method. */
  readonly name: string;
  readonly reason: string;
}
