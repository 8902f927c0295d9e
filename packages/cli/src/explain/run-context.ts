/** What explaining an input takes beside the input itself. */
import type { Explainer } from "@onnx-lrp/core";
import type { Questions } from "@onnx-lrp/core/internal";
import type { Explainers, InputFile } from "@onnx-lrp/network/internal";
import type { ModelFile } from "@onnx-lrp/node";
import type { Backdrop, Preprocess, Source, ViewOptions } from "@onnx-lrp/pictures";

/** What is the same for every input of a run. */
export interface RunContext {
  /** Folder for the results, and whether maps are written as arrays too. */
  readonly out: string;
  readonly npy: boolean;
  readonly file: ModelFile;
  readonly explainers: Explainers;
  /** How inputs are shown. */
  readonly look: ViewOptions;
  readonly labels: readonly string[] | undefined;
  /** Who says how pictures are preprocessed, and how classes are named. */
  readonly specSource: Source;
  readonly labelSource: Source | undefined;
  readonly questions: Questions;
  /** Whether the figure's maps share one colour scale. */
  readonly scale: "each" | "shared";
  /** What lies under the map in the figure. */
  readonly backdrop: Backdrop;
}

/** The context of a run with the explainer of one input. */
export interface InputContext extends RunContext {
  readonly explainer: Explainer;
  readonly spec: Preprocess;
}

/** Where an explained input comes from, and how its results' names begin. */
export interface Place {
  readonly input: InputFile;
  readonly item: number | null;
  readonly name: string;
}
