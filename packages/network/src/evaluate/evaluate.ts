/** Measures methods on a data set, for programs. */
import type { DataSetKind, MetricName, randomizationName, Summary } from "@onnx-lrp/evaluation";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { MethodList } from "../method-choice.ts";
import { parseMethods } from "../method-list.ts";
import { methodSettingsOf } from "../method-setting-names.ts";
import type { MethodSettings } from "../method-settings.ts";
import type { OpenOptions } from "../node/open-network.ts";
import type { Cancellation } from "../options.ts";
import { libraryWords } from "../program-words.ts";
import { checkCounts } from "./check-counts.ts";
import { evaluatedMethods, evaluatedMetrics, randomizationCounts } from "./defaults.ts";
import { recordOf } from "./record.ts";
import type { EvaluationRequest } from "./request.ts";
import { writeResults } from "./results.ts";
import { runAll, type Stage } from "./run-all.ts";

/** How far an evaluation is: pictures first, then the steps of the randomization. */
export interface EvaluationProgress {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
  /** Pictures that could not be used; they are written down, and left out. */
  readonly failed: number;
}

/** What is measured, and how the run goes. Settings of methods hold for each of them that has use for them. */
export interface EvaluateOptions extends Omit<MethodSettings, "method" | "composite" | "rules"> {
  /** For the results: report.html, summary.json, summary.csv, and the files that they are made from. It is made if missing. */
  readonly folder: string;
  /**
   * The others are compared with the first. Default SGLRP, CLRP, LRP, Guided Grad-CAM, and maps of random numbers; of `all`
   * those that refuse the network are left out.
   */
  readonly methods?: MethodList | undefined;
  /** Default masking of patches (of the label and the second class), the pointing game, deletion and insertion. */
  readonly metrics?: readonly (MetricName | typeof randomizationName)[] | undefined;
  /** At most this many pictures; default all. */
  readonly limit?: number | undefined;
  /** With `limit`: the seed that they are drawn with; default the first ones. */
  readonly sample?: number | undefined;
  /** What the data set is; default found from its files. */
  readonly kind?: DataSetKind | undefined;
  /** Whether lists may name files outside of their folder; default false. */
  readonly allowOutside?: boolean | undefined;
  /** A file with the wnid of each class, one in a line, in the network's order. */
  readonly wnids?: string | undefined;
  /** Of the metric `randomization`: how many pictures, the first ones, and how many steps over the layers; default 10 and 12. */
  readonly randomization?: { readonly pictures?: number; readonly steps?: number } | undefined;
  /** Continues the run in `folder`, which was interrupted; default false. */
  readonly resume?: boolean | undefined;
  /** Processes; default 1, this one. */
  readonly workers?: number | undefined;
  /** An `AbortSignal`: the run ends with its reason before the next run of the network, and can be resumed. */
  readonly signal?: Cancellation | undefined;
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
  /** Called with sentences on what was guessed or left out. */
  readonly onNote?: ((sentence: string) => void) | undefined;
}

/** What was measured. */
export interface EvaluationResult {
  /** All figures with their intervals, as summary.json has them. */
  readonly summary: Summary;
  /** Paths of what was written. */
  readonly files: { readonly report: string; readonly summary: string; readonly csv: string };
  /** Pictures with results, of all: the others are of processes that died, and can be tried again with `resume`. */
  readonly pictures: { readonly done: number; readonly total: number };
}

/** The network that is measured, as it was opened. */
export interface EvaluatedNetwork {
  readonly model: string;
  readonly options: OpenOptions;
}

export async function evaluateNetwork(
  network: EvaluatedNetwork,
  dataset: string,
  options: EvaluateOptions,
): Promise<EvaluationResult> {
  if (typeof options?.folder !== "string" || options.folder === "") {
    throw new UserError("usage", "evaluate needs a folder for its results.", {
      subject: { option: "folder" },
      remedies: [{ kind: "option", option: "folder" }],
    });
  }
  const { folder, resume = false, workers = 1, signal, onProgress, onNote = () => {} } = options;
  const request = requestOf(network, dataset, options);
  checkCounts({ ...request.listing, workers, randomization: request.randomization }, libraryWords);
  signal?.throwIfAborted();
  const stop = new AbortController();
  const ending = signal instanceof AbortSignal ? signal : stop.signal;
  const count = async (stage: Stage) => ({
    show(progress: Omit<EvaluationProgress, "stage">) {
      onProgress?.({ stage, ...progress });
      if (signal?.aborted) stop.abort();
    },
    stop: () => {},
  });
  const listener = { words: libraryWords, say: onNote, warn: onNote, count, signal: ending };
  const { threads } = network.options;
  const execution = { folder, resume, workers, threads, tryAll: options.methods === "all" };
  const call = callOf(dataset, options);
  const finished = await runAll(request, recordOf(request, call), execution, listener);
  try {
    signal?.throwIfAborted();
    const origin = () => ({ command: call, options: [] });
    const { summary, files } = await writeResults(folder, { ...listener, pictures: finished, origin });
    return { summary, files, pictures: finished.pictures };
  } finally {
    await finished.release();
  }
}

/** @throws UserError `usage` for methods that there are not */
function requestOf(
  { model, options }: EvaluatedNetwork,
  dataset: string,
  wanted: EvaluateOptions,
): EvaluationRequest {
  const { methods = evaluatedMethods, metrics = evaluatedMetrics, randomization } = wanted;
  const { kind, allowOutside = false, wnids, limit, sample } = wanted;
  const { labels, providers, sessionOptions, threads: _t, onFallback: _f, ...network } = options;
  return {
    ...{ model, network, labels, dataset, metrics, settings: methodSettingsOf(wanted) },
    session: { providers, sessionOptions },
    listing: { kind, allowOutside, wnids, limit, sample },
    methods: parseMethods(typeof methods === "string" ? [methods] : methods),
    randomization: { ...randomizationCounts, ...randomization },
  };
}

/** As it can be typed. */
function callOf(dataset: string, { signal: _, onProgress: __, onNote: ___, ...options }: EvaluateOptions) {
  return `await network.evaluate(${JSON.stringify(dataset)}, ${JSON.stringify(options, withoutNumbers)})`;
}

/** Tensors are left out: they would fill pages. */
function withoutNumbers(_: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? "..." : value;
}
