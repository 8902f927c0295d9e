/**
 * Calls of a worker, one after another. What is cancelled may be in the midst of a run, which nothing interrupts: if it does not
 * end soon the worker does, and the next call opens the network again in a new one.
 */
import { closedError, type Progress, UserError } from "@onnx-lrp/network/portable";
import { errorOf, userErrorData } from "../worker/error-data.ts";
import type { Call, OpenedFacts, Reply, Results } from "../worker/protocol.ts";

/** How long a run that nobody waits for may go on, in milliseconds. */
const patience = 500;

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Calls {
  /** @throws what the worker reports, and the signal's reason */
  call<K extends Exclude<Call["kind"], "open">>(
    call: Extract<Call, { kind: K }>,
    options?: CallOptions,
  ): Promise<Results[K]>;
  /** Ends the worker; calls that wait fail, and so do later ones. */
  close(): void;
}

interface Running {
  readonly id: number;
  readonly onProgress: CallOptions["onProgress"];
  readonly settle: (reply: Extract<Reply, { kind: "done" | "failed" }>) => void;
}

export interface CallsSource {
  readonly startWorker: () => Worker;
  readonly open: Extract<Call, { kind: "open" }>;
  readonly onNotice: ((sentence: string) => void) | undefined;
}

/** Opens the network in a worker. @throws what the worker reports */
export async function startCalls({ startWorker, open, onNotice }: CallsSource): Promise<Calls & OpenedFacts> {
  let worker: Worker | undefined;
  let running: Running | undefined;
  let count = 0;
  let closed = false;
  /** Every notice is of wasm in the place of WebGPU. */
  let fellBack = false;
  let last: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const started = startWorker();
    started.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      if (data.kind === "notice") {
        fellBack = true;
        onNotice?.(data.sentence);
        return;
      }
      if (data.id !== running?.id) return;
      if (data.kind === "progress") running.onProgress?.(data.progress);
      else running.settle(data);
    });
    started.addEventListener("error", ({ message }) => {
      if (worker !== started) return;
      end();
      const why = message || "it cannot be loaded";
      fail(new UserError("run", `The worker that runs the network failed: ${why}.`));
    });
    return started;
  }

  /** Ends the call that is running. */
  function fail(error: UserError): void {
    if (running === undefined) return;
    const { id, settle } = running;
    settle({ kind: "failed", id, error: userErrorData(error) });
  }

  function end(): void {
    worker?.terminate();
    worker = undefined;
  }

  /** Asks the worker, which has nothing else to do. */
  function ask<K extends Call["kind"]>(
    call: Extract<Call, { kind: K }>,
    to: Worker,
    onProgress: CallOptions["onProgress"],
  ): Promise<Results[K]> {
    count += 1;
    const id = count;
    return new Promise<Results[K]>((resolve, reject) => {
      const settle: Running["settle"] = (reply) => {
        running = undefined;
        // The worker answers a call with what comes of that kind of call.
        if (reply.kind === "done") resolve(reply.result as Results[K]);
        else reject(errorOf(reply.error));
      };
      running = { id, onProgress, settle };
      to.postMessage({ id, call });
    });
  }

  /** A worker in which the network is open. */
  async function ready(): Promise<Worker> {
    if (closed) throw closedError(facts.path);
    if (worker !== undefined) return worker;
    const started = start();
    worker = started;
    try {
      await ask(open, started, undefined);
    } catch (error) {
      end();
      throw error;
    }
    return started;
  }

  /** Waits for a run that nobody else waits for, but not for long. */
  async function abandon(run: Promise<unknown>): Promise<void> {
    const ended = run.then(
      () => true,
      () => true,
    );
    const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), patience));
    if (await Promise.race([ended, late])) return;
    running = undefined;
    end();
  }

  async function inTurn<K extends Call["kind"]>(
    call: Extract<Call, { kind: K }>,
    { signal, onProgress }: CallOptions,
  ): Promise<Results[K]> {
    signal?.throwIfAborted();
    const run = ready().then((to) => ask(call, to, onProgress));
    try {
      return await unlessAborted(run, signal);
    } catch (error) {
      if (signal?.aborted) await abandon(run);
      // What fails within onnxruntime may have left it unusable.
      else if (!(error instanceof UserError) || error.kind === "run") end();
      throw error;
    }
  }

  worker = start();
  const facts = await ask(open, worker, undefined).catch((error: unknown) => {
    end();
    throw error;
  });
  return {
    ...facts,
    get provider() {
      return fellBack ? "wasm" : facts.provider;
    },
    call(asked, options = {}) {
      const { signal } = options;
      const turn = last.then(() => inTurn(asked, options));
      last = turn.catch(() => {});
      // Who cancels does not wait for its turn.
      return unlessAborted(turn, signal);
    },
    close() {
      closed = true;
      end();
      fail(closedError(facts.path));
    },
  };
}

/** The promise's value, or the signal's reason as soon as there is one. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
