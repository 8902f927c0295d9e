/** What a network says of itself, as plain data: each fact with who says so. */
import type { PictureSize } from "@onnx-lrp/core";
import type { Preprocess } from "../preprocessing/preprocess-spec.ts";

/**
 * Who says something about a network, in order of precedence: the user; the model file's metadata; a file beside it; its graph;
 * nobody, so that it is a guess.
 */
export type FactOrigin = "option" | "model" | "file" | "graph" | "guess";

/** Who says something of a network. */
export interface Source {
  readonly from: FactOrigin;
  /** Its name: `Ultralytics`, a file's path, or what a guess is made from, such as `three channels`. */
  readonly name: string;
}

/** Something that is said of a network, with who says it. */
export interface Fact<T> {
  readonly value: T;
  readonly source: Source;
}

/** What the scores are about, in Ultralytics' words. */
export type Task = "classify" | "detect" | "segment";

/** What one source says; it may be silent on anything. */
export interface Statement {
  readonly preprocess?: Preprocess | undefined;
  /** Names of the classes in index order. */
  readonly labels?: readonly string[] | undefined;
  /** Height and width of pictures as the network was trained on them. */
  readonly size?: PictureSize | undefined;
  readonly task?: Task | undefined;
  /** Names of the input's channels, or of its features, in order. */
  readonly channels?: readonly string[] | undefined;
  /** Names of the inputs that are declared as pictures. */
  readonly pictureInputs?: readonly string[] | undefined;
}

/** All that is said of a network, each list in order of precedence. */
export interface SelfDescription {
  readonly preprocess: readonly Fact<Preprocess>[];
  readonly labels: readonly Fact<readonly string[]>[];
  readonly size: readonly Fact<PictureSize>[];
  readonly task: readonly Fact<Task>[];
  readonly channels: readonly Fact<readonly string[]>[];
  readonly pictureInputs: readonly Fact<readonly string[]>[];
  /** Why a source that seems to say something could not be used, each a sentence. */
  readonly problems: readonly Fact<string>[];
}
