/**
 * The engine in a worker. What is cancelled may be in the midst of a long run, which nothing interrupts: the worker is ended
 * then, and a new one opens the network again when it is next needed.
 */
import { type Engine, RefusedError } from "./engine.ts";
import type { CallMessage, CallName, Calls, ReplyMessage } from "./protocol.ts";

interface Waiting {
  readonly message: CallMessage;
  readonly watch: Parameters<Engine["explain"]>[2];
  readonly resolve: (gives: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a run that nobody waits for may go on, in milliseconds. */
const patience = 1000;

export function workerEngine(): Engine {
  const waiting = new Map<number, Waiting>();
  let worker = startWorker();
  let count = 0;
  /** Files of the network that is open. */
  let opened: readonly File[] = [];

  function startWorker(): Worker {
    const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    started.addEventListener("message", ({ data }: MessageEvent<ReplyMessage>) => take(data));
    started.addEventListener("error", ({ message }) => {
      failAll(`The page's worker failed: ${message || "it could not be loaded"}.`);
    });
    return started;
  }

  function failAll(text: string): void {
    for (const { reject } of waiting.values()) {
      reject(new RefusedError({ text, methods: [], unknown: [], lacksData: false }));
    }
    waiting.clear();
  }

  function take(reply: ReplyMessage): void {
    const call = waiting.get(reply.id);
    if (call === undefined) return;
    if (reply.kind === "passes") {
      call.watch?.onPasses?.(reply.passes);
      return;
    }
    waiting.delete(reply.id);
    if (reply.kind === "gives") call.resolve(reply.gives);
    else call.reject(new RefusedError(reply.refusal));
  }

  function call<N extends CallName>(
    name: N,
    asks: Calls[N]["asks"],
    watch?: Waiting["watch"],
  ): Promise<Calls[N]["gives"]> {
    count += 1;
    const message: CallMessage = { id: count, name, asks };
    return new Promise((resolve, reject) => {
      waiting.set(message.id, {
        message,
        watch,
        // The worker answers a call with what that call gives.
        resolve: (gives) => resolve(gives as Calls[N]["gives"]),
        reject,
      });
      watch?.signal?.addEventListener("abort", () => cancel(message.id), { once: true });
      worker.postMessage(message);
    });
  }

  function cancel(id: number): void {
    const call = waiting.get(id);
    if (call === undefined) return;
    call.reject(new DOMException("Cancelled", "AbortError"));
    setTimeout(() => {
      if (waiting.has(id)) restart(id);
    }, patience);
  }

  /** Ends the worker with its run; what else was asked is asked of a new one. */
  function restart(without: number): void {
    waiting.delete(without);
    worker.terminate();
    worker = startWorker();
    if (opened.length > 0) worker.postMessage({ id: 0, name: "open", asks: opened } satisfies CallMessage);
    for (const { message } of waiting.values()) worker.postMessage(message);
  }

  return {
    methods: () => call("methods", null),
    open: (files) => {
      opened = files;
      return call("open", files);
    },
    explain: (picture, question, watch) => call("explain", { picture, question }, watch),
    drawGraph: (choice) => call("drawGraph", choice),
    compile: (asks) => call("compile", asks),
  };
}
