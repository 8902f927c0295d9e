/** The front door on Node.js: a network in a file, pictures in, explanations out. */
/// <reference lib="esnext.disposable" preserve="true" />
import type { InspectedExplanation } from "@onnx-lrp/core";
import type { SessionOptions, Weights } from "@onnx-lrp/node";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Fact, Preprocess } from "@onnx-lrp/pictures";
import { type CompareOptions, type ComparisonResult, compareOn } from "../compare/compare.ts";
import type { EvaluateOptions, EvaluationResult } from "../evaluate/evaluate.ts";
import { loadEvaluation } from "../evaluate/load.ts";
import { hostNetwork } from "../hosted-network.ts";
import { methodSettingsOf } from "../method-setting-names.ts";
import type { MethodSettings } from "../method-settings.ts";
import type { ExplainOptions, LabelledNetworkOptions } from "../options.ts";
import type { PictureSource } from "../picture-source.ts";
import { readNetwork } from "./calls.ts";
import { type ExplanationResult, withFigures } from "./explanation.ts";
import { findModel } from "./find-model.ts";
import { findPicture } from "./find-picture.ts";
import { checkNames } from "./option-names.ts";

/** How a network is opened. */
export interface OpenOptions extends LabelledNetworkOptions, SessionOptions {}

/** A network that is open until it is closed; use `await using`, or `close`. */
export interface Network extends AsyncDisposable {
  /** The file. */
  readonly path: string;
  /** How pictures become the input, and who says so. */
  readonly preprocess: Fact<Preprocess>;
  /**
   * Explains one input.
   *
   * @throws UserError `usage` for options that cannot be meant, `unsupported` where the method does not cover the network,
   * `input` for a picture that cannot be used, `scores` for scores or maps that are not finite, `run` for what onnxruntime
   * reports; and the signal's reason
   */
  explain(picture: PictureSource, options?: ExplainOptions): Promise<ExplanationResult>;
  /**
   * Explains many inputs, one result after another in their order. No more than a batch of them is held in memory.
   *
   * @throws UserError as `explain`
   */
  explainEach(
    pictures: Iterable<PictureSource> | AsyncIterable<PictureSource>,
    options?: ExplainOptions,
  ): AsyncGenerator<ExplanationResult, void, undefined>;
  /**
   * Writes network and explanation as one ONNX model.
   *
   * @throws UserError `usage`, `unsupported`, `output`
   */
  compile(
    path: string,
    options?: MethodSettings & {
      /** Whether they are copied into the file, or read from the network's own beside it; default `embed`. */
      readonly weights?: Weights | undefined;
      readonly contrast?: boolean | undefined;
    },
  ): Promise<void>;
  /**
   * Whether and how a method explains the network: its relevance graph, and what blocks it.
   *
   * @throws UserError `unsupported` for a network without an input or class scores that could be explained
   */
  inspect(options?: MethodSettings): Promise<InspectedExplanation>;
  /**
   * Explains one input by several methods, to be looked at side by side. A method that has no map of the network or the input
   * says why in its result.
   *
   * @throws UserError as `explain`; the first method's where none of them has a map
   */
  compare(picture: PictureSource, options?: CompareOptions): Promise<ComparisonResult>;
  /**
   * Measures methods on a data set of labelled pictures, and writes a report. It opens the network once more, so that other
   * calls go on meanwhile, and can be resumed after any interruption.
   *
   * @param dataset a folder with a folder of pictures for each class, or in VOC's layout; a COCO JSON file, a CSV or JSON list
   * (docs/evaluation.md); `scenes:N` for N of the included scenes
   * @throws UserError `usage` for options that cannot be meant and a data set without pictures of the network's classes,
   * `unsupported` where a method does not cover the network, `run`, `output`; and the signal's reason
   */
  evaluate(dataset: string, options: EvaluateOptions): Promise<EvaluationResult>;
  /** Frees the sessions of onnxruntime; later calls fail. */
  close(): Promise<void>;
}

/**
 * Opens a network: finds its input and layout, how pictures are preprocessed, its labels and bounds, in the file and beside
 * it, as the command line does.
 *
 * @param model an .onnx file, or the name of an included network (`resnet`)
 * @throws UserError `model` for a file that cannot be read, `usage` for options that cannot be meant, `unsupported` for a
 * network without an input that could be explained
 */
export async function openNetwork(model: string, options: OpenOptions = {}): Promise<Network> {
  checkNames("openNetwork", options);
  if (typeof model !== "string") {
    throw new UserError("usage", "A network is opened by the path of its .onnx file, or its name.", {
      remedies: [textRemedy("write bytes to a file first: weights stay on disk until they are needed")],
    });
  }
  const { readModelFile, writeExplanationModel } = await import("@onnx-lrp/node");
  const { openSession } = await import("@onnx-lrp/node/internal");
  const file = readModelFile(await findModel(model));
  const known = await readNetwork(file, options);
  const { providers, threads, sessionOptions, onFallback, labels } = options;
  const session: SessionOptions = { providers, threads, sessionOptions, onFallback };
  const network = hostNetwork(known, {
    labels,
    openSession: (explanation) => openSession(explanation, file, session),
  });
  const { close } = network;
  return {
    ...{ path: file.path, preprocess: { value: known.spec, source: known.specSource } },
    ...{ close, [Symbol.asyncDispose]: close },
    async inspect(how) {
      checkNames("inspect", how);
      return network.inspect(how);
    },
    async explain(picture, how) {
      checkNames("explain", how);
      return withFigures(await network.explain(await found(picture), how), how);
    },
    async *explainEach(pictures, how) {
      checkNames("explainEach", how);
      if (typeof pictures === "string") {
        throw new UserError("usage", "explainEach takes a list of pictures, or another iterable.", {
          remedies: [textRemedy("use explain for one picture, or put its path in brackets")],
        });
      }
      for await (const explained of network.explainEach(foundAll(pictures), how))
        yield withFigures(explained, how);
    },
    async compile(path, how = {}) {
      checkNames("compile", how);
      const { weights, contrast, ...settings } = how;
      await network.withMethod(settings, (chosen) =>
        writeExplanationModel(file, path, { ...chosen, weights, contrast }),
      );
    },
    async compare(picture, how = {}) {
      checkNames("compare", how);
      const source = await found(picture);
      return network.withMethod(methodSettingsOf(how), (chosen) =>
        compareOn({ known, labels, session, chosen: { ...chosen, size: known.size } }, source, how),
      );
    },
    async evaluate(dataset, how) {
      checkNames("evaluate", how);
      const { evaluateNetwork } = await loadEvaluation();
      return evaluateNetwork({ model: file.path, options }, dataset, how);
    },
  };
}

/** An included picture by its name. */
async function found(picture: PictureSource): Promise<PictureSource> {
  return typeof picture === "string" ? findPicture(picture) : picture;
}

async function* foundAll(
  pictures: Iterable<PictureSource> | AsyncIterable<PictureSource>,
): AsyncGenerator<PictureSource> {
  for await (const picture of pictures) yield await found(picture);
}
