/** The rows that a run writes: numbers, pictures and times. */
import type { Column } from "./parquet.ts";

/** One number of one metric for one method at one picture: a row of `values/*.parquet`. */
export interface ValueRow {
  /** Place of the picture in the data set as sampled, from 0. */
  readonly index: number;
  /** The picture's id within the data set. */
  readonly image: string;
  /** The method's name, or `chance` for the expected value of an uninformed map. */
  readonly method: string;
  /** The metric's name. */
  readonly measure: string;
  readonly parameter: number;
  readonly value: number;
  /** The weight of the value in the pooled figure (number of pixels, ...); 1 if the metric has none. */
  readonly weight: number;
}

/** The network's scores of a picture. Probabilities are from 0 to 1. */
export interface PictureScores {
  readonly label: number;
  readonly labelProbability: number;
  readonly predicted: number;
  readonly predictedProbability: number;
  /** The second most probable class; undefined for a network of one class. */
  readonly second: number | undefined;
  readonly secondProbability: number | undefined;
  /** Of quantized networks: the largest difference of a probability between the network and its float equivalent. */
  readonly quantizedDifference: number | undefined;
}

/** A row of `pictures/*.parquet`. */
export type PictureRow = { readonly index: number; readonly image: string } & (
  | ({ readonly status: "ok" } & PictureScores)
  | { readonly status: "failed"; readonly reason: string; readonly label: number }
);

/** The name under which a metric's chance is stored in the place of a method's. */
export const chance = "chance";

export function valueColumns(rows: readonly ValueRow[]): Column[] {
  return [
    { name: "index", type: "INT32", nullable: false, data: rows.map((row) => row.index) },
    { name: "image", type: "STRING", nullable: false, data: rows.map((row) => row.image) },
    { name: "method", type: "STRING", nullable: false, data: rows.map((row) => row.method) },
    { name: "measure", type: "STRING", nullable: false, data: rows.map((row) => row.measure) },
    { name: "parameter", type: "DOUBLE", nullable: false, data: rows.map((row) => row.parameter) },
    { name: "value", type: "DOUBLE", nullable: false, data: rows.map((row) => row.value) },
    { name: "weight", type: "DOUBLE", nullable: false, data: rows.map((row) => row.weight) },
  ];
}

export function pictureColumns(rows: readonly PictureRow[]): Column[] {
  const score = (key: keyof PictureScores) =>
    rows.map((row) => (row.status === "ok" ? (row[key] ?? null) : null));
  return [
    { name: "index", type: "INT32", nullable: false, data: rows.map((row) => row.index) },
    { name: "image", type: "STRING", nullable: false, data: rows.map((row) => row.image) },
    { name: "status", type: "STRING", nullable: false, data: rows.map((row) => row.status) },
    {
      name: "reason",
      type: "STRING",
      nullable: true,
      data: rows.map((row) => (row.status === "failed" ? row.reason : null)),
    },
    { name: "label", type: "INT32", nullable: false, data: rows.map((row) => row.label) },
    { name: "label_probability", type: "DOUBLE", nullable: true, data: score("labelProbability") },
    { name: "predicted", type: "INT32", nullable: true, data: score("predicted") },
    { name: "predicted_probability", type: "DOUBLE", nullable: true, data: score("predictedProbability") },
    { name: "second", type: "INT32", nullable: true, data: score("second") },
    { name: "second_probability", type: "DOUBLE", nullable: true, data: score("secondProbability") },
    { name: "quantized_difference", type: "DOUBLE", nullable: true, data: score("quantizedDifference") },
  ];
}

/** How long a step of a unit took; a row of `times/*.parquet`, which no result depends on. */
export interface TimeRow {
  /** `prepare` (the wait for decoding), `score`, `explain METHOD` or `measure METRIC`. */
  readonly step: string;
  readonly seconds: number;
  /** Pictures that the step was done for. */
  readonly pictures: number;
}

export function timeColumns(rows: readonly TimeRow[]): Column[] {
  return [
    { name: "step", type: "STRING", nullable: false, data: rows.map((row) => row.step) },
    { name: "seconds", type: "DOUBLE", nullable: false, data: rows.map((row) => row.seconds) },
    { name: "pictures", type: "INT32", nullable: false, data: rows.map((row) => row.pictures) },
  ];
}
