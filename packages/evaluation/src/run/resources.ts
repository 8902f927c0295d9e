/** The resources of a run, which the caller opens. */
import type { InputPort, MapShape, PictureExplanation, Scorer, Target } from "@onnx-lrp/core";
import type { Item, Metric, PreparedItem } from "../types.ts";

/** A method under its name in results. Controls are methods like others. */
export interface RunMethod {
  readonly name: string;
  /** Of every map. */
  readonly map: MapShape;
  /** @param targets for each picture the same number: one or two */
  explain(
    pictures: readonly Float32Array[],
    targets: readonly (readonly Target[])[],
  ): Promise<readonly PictureExplanation[]>;
}

/** What a run works with: the network, methods and metrics, open until they are released. */
export interface RunResources {
  readonly image: InputPort;
  readonly scorer: Scorer;
  /** In the plan's order. */
  readonly methods: readonly RunMethod[];
  readonly metrics: readonly Metric[];
  /** The colour of hidden pixels, one number per channel, in the network's input space. */
  readonly fill: readonly number[];
  /** Decodes and preprocesses; called ahead of time, for a few pictures at once. */
  prepare(item: Item): Promise<PreparedItem>;
  release(): Promise<void>;
}

/** Progress of a run, including the pictures of earlier runs in the same folder. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Of `done`. */
  readonly failed: number;
}
