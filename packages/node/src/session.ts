/** Sessions of onnxruntime-node for explanation models, whose weights stay in the file they came from. */
import { type Model, runtimeMessage, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import * as ort from "onnxruntime-node";
import { type ModelFile, sessionModel } from "./model-file.ts";

export interface SessionOptions {
  /** Execution providers in the order of preference, by onnxruntime's names; default `cpu`. */
  readonly providers?: readonly string[] | undefined;
  /** Threads for the work inside an operation; default: as many as there are cores. */
  readonly threads?: number | undefined;
}

/**
 * The level at which maps are made, and held to their reference values: with onnxruntime's own memory layout for
 * convolutions, which is the fastest, and computes equal windows of a picture alike, so that ties in pooling stay ties.
 */
const optimization = "all";

/**
 * Opens a session. Weights of `file` are not copied: the session reads them from where they lie.
 *
 * @throws UserError `run` when a provider is missing or onnxruntime refuses the model
 */
export async function openSession(
  model: Model,
  file: ModelFile,
  options: SessionOptions = {},
): Promise<ort.InferenceSession> {
  const providers = options.providers ?? ["cpu"];
  const { model: referring, weights, folder } = sessionModel(model, file);
  try {
    return await ort.InferenceSession.create(writeModel(referring, weights), {
      executionProviders: [...providers],
      graphOptimizationLevel: optimization,
      logSeverityLevel: 4,
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      extra: { session: { model_external_initializers_file_folder_path: folder } },
    });
  } catch (cause) {
    throw new UserError("run", sessionFailure(cause, providers, file), { cause });
  }
}

function sessionFailure(cause: unknown, providers: readonly string[], file: ModelFile): string {
  const message = runtimeMessage(cause);
  const missing = providers.find((name) => name !== "cpu" && new RegExp(name, "i").test(message));
  if (missing !== undefined || /no available backend|backend not found|adapter/i.test(message)) {
    const name = missing ?? providers[0] ?? "";
    const help = name === "cuda" ? ' For CUDA see "On a GPU" in the README.' : "";
    return `The execution provider "${name}" is not to be had on this machine (${message}).${help} Without it: --provider cpu.`;
  }
  return `onnxruntime cannot load the explanation of "${file.path}": ${message}`;
}

/** onnxruntime-node itself, as core wants it. */
export const runtime = ort;

// onnxruntime reports a failure by an error and in its log too, in red letters. The level holds from the first session
// of a process on, so it is set before any can be made.
ort.env.logLevel = "fatal";
