/** Opens what a run needs from its request; the same in every process of a run. */

import { type InputKind, inputKind, type Scorer } from "@onnx-lrp/core";
import type { DataSet, Item, Metric, RunMethod, RunResources } from "@onnx-lrp/evaluation";
import type { FileExplainerOptions, ModelFile } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Preprocess } from "@onnx-lrp/pictures";
import { labelsOf } from "../labels.ts";
import type { NamedMethod } from "../method-list.ts";
import { explainerOptions } from "../method-settings.ts";
import { type KnownNetwork, readNetwork } from "../node/calls.ts";
import { findModel } from "../node/find-model.ts";
import { readTextFile } from "../node/text-file.ts";
import type { ProgramWords } from "../program-words.ts";
import type { EvaluationRequest } from "./request.ts";
import { findDataSet } from "./scenes.ts";

/** A run before its methods are opened. */
export interface EvaluationSetup {
  readonly request: EvaluationRequest;
  readonly network: KnownNetwork;
  readonly spec: Preprocess;
  readonly methods: readonly NamedMethod[];
  readonly metrics: readonly Metric[];
  /** Whether the sanity check was asked for. */
  readonly randomization: boolean;
  /** Of every method, but for its name, composite and own parameters. */
  readonly settings: FileExplainerOptions;
  readonly scorer: Scorer;
  readonly labels: readonly string[] | undefined;
  readonly dataset: DataSet;
  readonly items: readonly Item[];
  /** The colour of hidden pixels. */
  readonly fill: readonly number[];
}

interface RunEnvironment {
  readonly threads: number | undefined;
  /** Called with notices of one sentence. */
  readonly say: (sentence: string) => void;
  readonly words: ProgramWords;
}

export async function openEvaluation(
  request: EvaluationRequest,
  { threads, say, words }: RunEnvironment,
): Promise<EvaluationSetup> {
  const node = await import("@onnx-lrp/node");
  const evaluation = await import("@onnx-lrp/evaluation");
  const { meanColour, sampleItems } = await import("@onnx-lrp/evaluation/internal");
  const { methods, listing } = request;
  const asked = await metricsNamed(request.metrics);
  const { randomization } = asked;
  const network = await readNetwork(node.readModelFile(await findModel(request.model)), request.network);
  const { picture, spec } = network;
  const isPicture = inputKind(picture) === "picture";
  if (isPicture && network.specSource.from === "guess") {
    say(
      `The model does not say how it was trained: pictures are preprocessed as "${spec.name}" (${words.option("preprocess")}).`,
    );
  }
  const open = isPicture && (picture.height === undefined || picture.width === undefined);
  const usual = network.trainedSize?.value ?? { height: 224, width: 224 };
  const size = network.size ?? (open ? usual : undefined);
  const metrics = isPicture ? asked.metrics : withoutRegions(asked, inputKind(picture), say);
  const session = { ...request.session, onFallback: say, threads };
  const shared = { ...request.settings, method: "sglrp" } as const;
  const settings = { ...(await explainerOptions(shared, network)), size, ...session };
  const scorer = await node.openFileScorer(network.file, {
    ...session,
    ...network.inputs,
    ...{ output: request.settings.output, head: request.settings.head, size },
  });
  const { classes } = scorer.head;
  const labels = (await labelsOf(request.labels, classes, network))?.value;
  const place = await findDataSet(request.dataset);
  const listed = await evaluation.openDataSet(place, {
    ...{ labels, classes, kind: listing.kind, allowOutside: listing.allowOutside },
    objects: scorer.head.boxes === undefined ? "largest" : "each",
    wnids:
      listing.wnids === undefined ? undefined : lines(await readTextFile(listing.wnids, "file of wnids")),
  });
  // The shipped scenes are in a temporary folder, whose name means nothing to a user.
  const dataset = place === request.dataset ? listed : { ...listed, name: request.dataset };
  return {
    ...{ request, network, spec, methods, metrics, randomization, settings, scorer, labels, dataset },
    items: sampleItems(dataset, { limit: listing.limit, seed: listing.sample }),
    fill: meanColour(spec, scorer.image),
  };
}

/**
 * The metrics that need no object's region, which only pictures have.
 *
 * @throws UserError `usage` if nothing else was asked for
 */
function withoutRegions(
  { metrics, randomization }: { readonly metrics: readonly Metric[]; readonly randomization: boolean },
  kind: InputKind,
  say: (sentence: string) => void,
): readonly Metric[] {
  const left = metrics.filter(({ needsRegion }) => !needsRegion);
  const names = metrics.filter(({ needsRegion }) => needsRegion).map(({ name }) => name);
  if (names.length === 0) return left;
  const many = names.length > 1;
  const inputs = kind === "features" ? kind : `${kind}s`;
  const sentence = `The ${many ? "metrics" : "metric"} ${names.join(", ")} ${many ? "need" : "needs"} the region of an object, which pictures have and ${inputs} do not`;
  if (left.length === 0 && !randomization) {
    throw new UserError("usage", `${sentence}.`, {
      subject: { option: "metrics" },
      remedies: [
        {
          kind: "option",
          option: "metrics",
          values: ["patch-masking", "deletion", "insertion", "infidelity"],
        },
      ],
    });
  }
  say(`${sentence}: ${many ? "they are" : "it is"} left out.`);
  return left;
}

function lines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** @throws UserError `usage` for an unknown name */
export async function metricsNamed(
  wanted: readonly string[],
): Promise<{ metrics: readonly Metric[]; randomization: boolean }> {
  const { metrics: known, randomizationName } = await import("@onnx-lrp/evaluation");
  const names = [...new Set(wanted)];
  const metrics = names
    .filter((name) => name !== randomizationName)
    .map((name) => {
      const metric = known.get(name);
      if (metric !== undefined) return metric;
      throw new UserError(
        "usage",
        `There is no metric "${name}". There are: ${[...known.keys(), randomizationName].join(", ")}.`,
      );
    });
  return { metrics, randomization: names.includes(randomizationName) };
}

/** The options that a method is opened with. */
export function optionsFor(
  { settings }: Pick<EvaluationSetup, "settings">,
  { method, composite, parameters }: NamedMethod,
): FileExplainerOptions {
  return { ...settings, method, composite, parameters: { ...settings.parameters, ...parameters } };
}

export type OpenedMethod = RunMethod & { release(): Promise<void> };

/**
 * @param file the network, or a changed one
 * @param signal ends an explanation of many runs of the network between two of them
 * @throws UserError naming the method where it refuses the network
 */
export async function openMethod(
  run: Pick<EvaluationSetup, "settings">,
  method: NamedMethod,
  file: ModelFile,
  signal?: AbortSignal,
): Promise<OpenedMethod> {
  const { openExplainer } = await import("@onnx-lrp/node");
  try {
    const { map, explain, release } = await openExplainer(file, {
      ...optionsFor(run, method),
      onProgress: () => signal?.throwIfAborted(),
    });
    return { name: method.name, map, explain, release };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { kind, reason, subject, remedies } = error;
    throw new UserError(kind, `${method.name}: ${reason}`, { subject, remedies, cause: error });
  }
}

/**
 * @param onOpened after each method
 * @param signal ends explanations between two runs of the network
 */
export async function openResources(
  run: EvaluationSetup,
  { onOpened, signal }: { onOpened?(method: string): void; signal?: AbortSignal } = {},
): Promise<RunResources> {
  const { prepareItem } = await import("@onnx-lrp/evaluation/internal");
  const { scorer, network, spec, metrics, fill } = run;
  const methods: OpenedMethod[] = [];
  const release = async () => {
    for (const method of methods) await method.release();
    await scorer.release();
  };
  try {
    for (const method of run.methods) {
      methods.push(await openMethod(run, method, network.file, signal));
      onOpened?.(method.name);
    }
  } catch (error) {
    await release();
    throw error;
  }
  const { image } = scorer;
  return {
    ...{ image, scorer, methods, metrics, fill, release },
    prepare: (item) => prepareItem(item, spec, image),
  };
}
