/** The front door in a browser: a network in a file, pictures in, explanations out; all of it runs in a worker. */
import {
  type ExplainOptions,
  inGroups,
  type MethodSettings,
  type PictureSource,
  UserError,
} from "@onnx-lrp/network/portable";
import type { Fact, Preprocess } from "@onnx-lrp/pictures";
import type { InspectedNetwork } from "../host/inspect.ts";
import type { HostOptions } from "../host/open.ts";
import type { WebProvider } from "../host/runtime.ts";
import type { ModelSource } from "../host/sources.ts";
import { userErrorOf } from "../worker/error-data.ts";
import { startCalls } from "./calls.ts";
import { type ExplanationResult, withPictures } from "./explanation.ts";

/** How a network is opened. */
export interface OpenOptions extends HostOptions {
  /** Starts a worker of `@onnx-lrp/web/worker`, for pages whose bundler does not find it by itself. */
  readonly startWorker?: (() => Worker) | undefined;
}

/** How inputs are explained. */
export interface WebExplainOptions extends Omit<ExplainOptions, "signal"> {
  /** The call ends with its reason at once; the next call waits for the worker, or starts another. */
  readonly signal?: AbortSignal | undefined;
}

/** A network that is open until it is closed; use `await using`, or `close`. */
export interface Network extends AsyncDisposable {
  /** The file's name. */
  readonly path: string;
  /** How pictures become the input, and who says so. */
  readonly preprocess: Fact<Preprocess>;
  /** What runs the network: WebGPU, as long as its first numbers are those of wasm. */
  readonly provider: WebProvider;
  /**
   * Explains one input.
   *
   * @throws UserError `usage` for options that cannot be meant, `unsupported` where the method does not cover the network,
   * `input` for a picture that cannot be used, `scores` for scores or maps that are not finite, `run` for what onnxruntime
   * reports; and the signal's reason
   */
  explain(picture: PictureSource, options?: WebExplainOptions): Promise<ExplanationResult>;
  /**
   * Explains many inputs, one result after another in their order. No more than a batch of them is held in memory.
   *
   * @throws UserError as `explain`
   */
  explainEach(
    pictures: Iterable<PictureSource> | AsyncIterable<PictureSource>,
    options?: WebExplainOptions,
  ): AsyncGenerator<ExplanationResult, void, undefined>;
  /**
   * Network and explanation as one ONNX model, its weights within it: the file that the command line writes.
   *
   * @throws UserError `usage`, `unsupported`, `output`
   */
  compile(options?: MethodSettings & { readonly contrast?: boolean | undefined }): Promise<Blob>;
  /**
   * Whether and how a method explains the network: what each node is to relevance, and what blocks it.
   *
   * @throws UserError `unsupported` for a network without an input or class scores that could be explained
   */
  inspect(options?: MethodSettings): Promise<InspectedNetwork>;
  /** Ends the worker, which frees all memory; calls that wait fail, and so do later ones. */
  close(): Promise<void>;
}

/**
 * Opens a network in a worker: finds its input and layout, how pictures are preprocessed, its labels and bounds, in the file and
 * in those given beside it, as on Node.js.
 *
 * @param model an .onnx file, its bytes, or an address of the page's own origin
 * @throws UserError `model` for a file that cannot be read, `usage` for options that cannot be meant, `unsupported` for a
 * network without an input that could be explained
 */
export async function openNetwork(model: ModelSource, options: OpenOptions = {}): Promise<Network> {
  const { onFallback, startWorker = startOwnWorker, ...data } = options;
  // A worker's own address is not the page's.
  const source =
    typeof model === "string"
      ? new URL(model, location.href).href
      : model instanceof URL
        ? model.href
        : model;
  const calls = await startCalls({
    startWorker,
    open: { kind: "open", model: source, options: data },
    onNotice: onFallback,
  });
  const { path, preprocess } = calls;
  const { call } = calls;

  async function explainGroup(
    pictures: readonly PictureSource[],
    { signal, onProgress, ...how }: WebExplainOptions,
    done: number,
  ): Promise<ExplanationResult[]> {
    const results = await call(
      { kind: "explain", pictures, options: how },
      { signal, onProgress: onProgress && ((now) => onProgress({ ...now, inputs: done + now.inputs })) },
    );
    return results.map(withPictures);
  }

  async function close(): Promise<void> {
    calls.close();
  }

  return {
    ...{ path, preprocess, close, [Symbol.asyncDispose]: close },
    get provider() {
      return calls.provider;
    },
    async explain(picture, how = {}) {
      const [result] = await explainGroup([picture], how, 0);
      if (result === undefined) throw new UserError("run", "No result came back.");
      return result;
    },
    async *explainEach(pictures, how = {}) {
      const { batchSize = 1 } = how;
      let done = 0;
      for await (const group of inGroups(pictures, batchSize)) {
        yield* await explainGroup(group, how, done);
        done += group.length;
      }
    },
    async compile(settings = {}) {
      return new Blob([await call({ kind: "compile", settings })], { type: "application/octet-stream" });
    },
    async inspect(settings = {}) {
      const { problems, ...found } = await call({ kind: "inspect", settings });
      return { ...found, problems: problems.map(userErrorOf) };
    },
  };
}

function startOwnWorker(): Worker {
  return new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
}
