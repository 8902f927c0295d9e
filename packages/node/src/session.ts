/** Sessions of onnxruntime for explanation models, whose weights stay in the file they came from. */
import { type Model, textRemedy, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import { runtimeMessage } from "@onnx-lrp/onnx-loader/internal";
import type * as ort from "onnxruntime-node";
import { type ModelFile, sessionModel, withWeightsInside } from "./model-file.ts";
import { currentRuntime, type LoadedRuntime } from "./runtime.ts";

/** How onnxruntime runs a model. */
export interface SessionOptions {
  /** Execution providers in the order of preference, by onnxruntime's names; default `cpu`. */
  readonly providers?: readonly string[] | undefined;
  /** Told, in a sentence, when a provider is missing and the next one serves; onnxruntime itself would give up. */
  readonly onFallback?: ((sentence: string) => void) | undefined;
  /** Threads for the work inside an operation; default: as many as there are cores. */
  readonly threads?: number | undefined;
  /** Further options of onnxruntime's sessions, as onnxruntime names them; they win over those above. */
  readonly sessionOptions?: Readonly<ort.InferenceSession.SessionOptions> | undefined;
}

/**
 * The level at which maps are made, and held to their reference values: with onnxruntime's own memory layout for
 * convolutions, which is the fastest, and computes equal windows of a picture the same way, so that ties in pooling stay ties.
 */
const optimization = "all";

/**
 * Opens a session. Weights of `file` are not copied: the session reads them from where they lie.
 *
 * @throws UserError `run` when no provider is there or onnxruntime refuses the model
 */
export async function openSession(
  model: Model,
  file: ModelFile,
  options: SessionOptions = {},
): Promise<ort.InferenceSession> {
  const providers = options.providers ?? ["cpu"];
  const { sessionOptions: own = {} } = options;
  const used = currentRuntime();
  sayOnce(used, options);
  const { bytes, place } = sessionBytes(used, model, file);
  if (used.kind === "wasm" && options.threads !== undefined) used.ort.env.wasm.numThreads = options.threads;
  try {
    return await used.ort.InferenceSession.create(bytes, {
      executionProviders: [...providers],
      graphOptimizationLevel: optimization,
      logSeverityLevel: 4,
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      ...own,
      extra: { ...own.extra, session: { ...sectionOf(own.extra, "session"), ...place } },
    });
  } catch (cause) {
    const missing = missingProvider(runtimeMessage(cause), providers);
    const rest = providers.filter((name) => name !== missing);
    if (missing === undefined || rest.length === 0) {
      throw sessionError(cause, missing, file);
    }
    options.onFallback?.(
      `The execution provider "${missing}" is not available on this machine; using ${rest.join(", ")} instead.`,
    );
    return openSession(model, file, { ...options, providers: rest });
  }
}

/** Runtimes whose notice somebody has heard. */
const said = new WeakSet<LoadedRuntime>();

/** Says, once, why the runtime is not onnxruntime-node, for work that opens no session of its own. */
export function sayRuntime(onFallback: (sentence: string) => void): void {
  sayOnce(currentRuntime(), { onFallback });
}

function sayOnce(used: LoadedRuntime, { onFallback }: SessionOptions): void {
  if (used.notice === undefined || onFallback === undefined || said.has(used)) return;
  said.add(used);
  onFallback(used.notice);
}

/** The model as bytes, and where its weights lie: wasm sees no files, so that it gets them with the model. */
function sessionBytes({ kind }: LoadedRuntime, model: Model, file: ModelFile) {
  if (kind === "wasm") return { bytes: writeModel(withWeightsInside(model, file)), place: {} };
  const { model: referring, weights, folder } = sessionModel(model, file);
  const place = { model_external_initializers_file_folder_path: folder };
  return { bytes: writeModel(referring, weights), place };
}

function sectionOf(extra: Readonly<Record<string, unknown>> = {}, name: string): object {
  const section = extra[name];
  return typeof section === "object" && section !== null ? section : {};
}

/** The provider that onnxruntime failed for, if it was for one. */
function missingProvider(message: string, providers: readonly string[]): string | undefined {
  const said = message.toLowerCase();
  const named = providers.find((name) => name !== "cpu" && said.includes(name.toLowerCase()));
  const none = /no available backend|backend not found|adapter/i.test(message);
  return named ?? (none ? providers[0] : undefined);
}

function sessionError(cause: unknown, missing: string | undefined, file: ModelFile): UserError {
  const message = runtimeMessage(cause);
  if (missing === undefined) {
    const reason = `onnxruntime cannot load the explanation of "${file.path}": ${message}`;
    return new UserError("run", reason, { subject: { file: file.path }, cause });
  }
  const reason = `The execution provider "${missing}" is not available on this machine (${message}).`;
  const setUp = missing === "cuda" ? [textRemedy('set up CUDA ("On a GPU" in the README)')] : [];
  return new UserError("run", reason, {
    subject: { option: "providers" },
    remedies: [...setUp, { kind: "option", option: "providers", values: ["cpu"] }],
    cause,
  });
}
