/** What a command on Node.js does with a network, step by step: the functions beside this folder, on files by their paths. */
import type { Explainer, InputPort } from "@onnx-lrp/core";
import type { FindClass, Questions } from "@onnx-lrp/core/internal";
import type { Likeness } from "@onnx-lrp/core/names";
import type { FileExplainerOptions, ModelFile } from "@onnx-lrp/node";
import type { Preprocess, ViewOptions } from "@onnx-lrp/pictures";
import { type Explainers, openExplainers as openExplainersOn } from "../explainers.ts";
import { type KnownNetwork as Known, knowNetwork, type NetworkOptions } from "../known-network.ts";
import type { InputSource } from "../picture-source.ts";
import { type ReadInput, readInput as readInputOn, readInputs as readInputsOn } from "../read-input.ts";
import { readQuestions as readQuestionsOn, readTowards as readTowardsOn } from "../targets.ts";
import { openNodePlatform } from "./platform.ts";

/** A network in a file. */
export type KnownNetwork = Known<ModelFile>;

/** As `knowNetwork`, with what the file and those beside it say. @throws UserError as that */
export async function readNetwork(file: ModelFile, options: NetworkOptions = {}): Promise<KnownNetwork> {
  const { describeModelFile } = await import("@onnx-lrp/node");
  return knowNetwork(await openNodePlatform(), file, await describeModelFile(file), options);
}

export async function openExplainers(
  known: KnownNetwork,
  options: FileExplainerOptions,
  inputs: readonly InputSource[],
): Promise<Explainers> {
  const { openSession } = await import("@onnx-lrp/node/internal");
  return openExplainersOn(
    known,
    { ...options, openSession: (model) => openSession(model, known.file, options) },
    inputs,
  );
}

export async function readInputs(
  input: InputSource,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<readonly ReadInput[]> {
  return readInputsOn(await openNodePlatform(), input, spec, image, look);
}

export async function readInput(
  input: InputSource,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput> {
  return readInputOn(await openNodePlatform(), input, spec, image, look);
}

export async function readQuestions(
  wanted: { readonly targets: readonly string[] | undefined; readonly against: string | undefined },
  explainer: Pick<Explainer, "head">,
  find: FindClass,
): Promise<Questions> {
  return readQuestionsOn(await openNodePlatform(), wanted, explainer, find);
}

export async function readTowards(
  file: string,
  likeness: Likeness,
  explainer: Explainer,
  read: (path: string) => Promise<Float32Array>,
): Promise<Questions> {
  return readTowardsOn(await openNodePlatform(), file, likeness, explainer, read);
}
