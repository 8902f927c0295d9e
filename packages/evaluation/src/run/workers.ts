/**
 * A run in several processes. Units are assigned one at a time, so that faster processes do more; every process writes the
 * files of its own units. If one dies, its units are tried once more by another.
 */
import { fork } from "node:child_process";
import { UserError } from "@onnx-lrp/onnx-loader";
import { type RunFolder, unitRange } from "../store/folder.ts";
import { removeLeftovers, unitsDone } from "../store/parts.ts";
import { type FromWorker, type PlainError, type ToWorker, thrownError } from "./protocol.ts";
import type { Progress } from "./resources.ts";
import { countDone, type RunResult, runResult, unitsLeft } from "./run.ts";

export interface WorkersOptions {
  readonly folder: RunFolder;
  /** How many processes. */
  readonly workers: number;
  /** The module that processes run: it calls `serveUnits`. */
  readonly entry: string | URL;
  /** Passed to that module; what `structuredClone` takes, tensors too. */
  readonly payload: unknown;
  /** Node's own options for the processes; default this process's. */
  readonly execArgv?: readonly string[] | undefined;
  /** Ends the run before the next run of the network in each process. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** A sentence about a process that died. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
}

/**
 * Does the remaining units of a run in several processes.
 *
 * @throws UserError for what stops it in any of the processes: then all end before their next run of the network
 */
export async function runWorkers(options: WorkersOptions): Promise<RunResult> {
  const { folder, signal, onNotice } = options;
  const work = openWork(unitsLeft(folder));
  const lost: number[] = [];
  const count = await openCount(folder, options.onProgress);
  const stop = new AbortController();
  const whenAborted = () => stop.abort();
  if (signal?.aborted) stop.abort();
  signal?.addEventListener("abort", whenAborted);
  let failure: PlainError | undefined;

  const slot = async (): Promise<void> => {
    while (work.left() && !stop.signal.aborted) {
      const nextUnit = work.nextUnitForProcess();
      const end = await runChild(options, stop.signal, nextUnit, count);
      if (end.kind === "finished") continue;
      if (end.kind === "error") {
        failure ??= end.error;
        stop.abort();
        return;
      }
      if (end.given === 0) {
        onNotice?.(`A worker process ended before its first picture (${end.how}).`);
        return;
      }
      // The disk knows better than the last messages what is done.
      const done = await unitsDone(folder.path);
      const held = end.held.filter((unit) => !done.has(unit));
      if (held.length === 0 || stop.signal.aborted) continue;
      for (const unit of held) count.forget(unit);
      const where = held.map((unit) => picturesOf(folder, unit)).join(" and ");
      if (work.quarantine(held)) {
        onNotice?.(`A worker process died (${end.how}) at ${where}; another one tries them again.`);
      } else {
        lost.push(...held);
        onNotice?.(`A worker process died (${end.how}) at ${where} again; they are left out.`);
      }
    }
  };

  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, folder.units) }, slot));
  } finally {
    signal?.removeEventListener("abort", whenAborted);
    // All processes have ended; one that was killed may have left a file half-written.
    await removeLeftovers(folder.path);
  }
  if (failure) throw thrownError(failure);
  if (work.left() && !stop.signal.aborted) {
    throw new UserError("run", "The worker processes end before their first picture.", {
      remedies: [{ kind: "option", option: "workers", values: [1] }],
    });
  }
  return runResult(
    folder,
    signal?.aborted ?? false,
    lost.sort((a, b) => a - b),
  );
}

interface Work {
  left(): boolean;
  /** The queue of one process: each call gives its next unit. */
  nextUnitForProcess(): () => number | undefined;
  /**
   * Sets the units aside that a process held when it died. Which of them was to blame is unknown, since pictures are decoded
   * ahead: each is given to a process of its own.
   *
   * @returns false if that was done already
   */
  quarantine(units: readonly number[]): boolean;
}

function openWork(queue: number[]): Work {
  const quarantined: number[] = [];
  const tried = new Set<number>();
  return {
    left: () => queue.length + quarantined.length > 0,
    nextUnitForProcess() {
      let first = true;
      let alone = false;
      return () => {
        if (alone) return undefined;
        const suspect = first ? quarantined.shift() : undefined;
        first = false;
        alone = suspect !== undefined;
        return suspect ?? queue.shift();
      };
    },
    quarantine(units) {
      if (units.some((unit) => tried.has(unit))) return false;
      for (const unit of units) tried.add(unit);
      quarantined.push(...units);
      return true;
    },
  };
}

function picturesOf({ plan }: RunFolder, unit: number): string {
  const { start, end } = unitRange(plan, unit);
  return `pictures ${start + 1} to ${end}`;
}

interface Count {
  picture(unit: number, failed: boolean): void;
  /** What a dead process did of a unit does not count. */
  forget(unit: number): void;
}

async function openCount(folder: RunFolder, tell: WorkersOptions["onProgress"]): Promise<Count> {
  let { done, total, failed } = await countDone(folder);
  const open = new Map<number, { done: number; failed: number }>();
  tell?.({ done, total, failed });
  return {
    picture(unit, bad) {
      const own = open.get(unit) ?? { done: 0, failed: 0 };
      open.set(unit, { done: own.done + 1, failed: own.failed + (bad ? 1 : 0) });
      done += 1;
      failed += bad ? 1 : 0;
      tell?.({ done, total, failed });
    },
    forget(unit) {
      const own = open.get(unit);
      if (own === undefined) return;
      open.delete(unit);
      done -= own.done;
      failed -= own.failed;
      tell?.({ done, total, failed });
    },
  };
}

type End =
  | { readonly kind: "finished" }
  | { readonly kind: "error"; readonly error: PlainError }
  /** `given`: how many units it was given; `held`: those of them that it did not report as done. */
  | { readonly kind: "died"; readonly how: string; readonly given: number; readonly held: readonly number[] };

/** The life of one process. */
function runChild(
  { folder, entry, payload, execArgv = process.execArgv }: WorkersOptions,
  stop: AbortSignal,
  nextUnit: () => number | undefined,
  count: Count,
): Promise<End> {
  const child = fork(entry, {
    execArgv: [...execArgv],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const held: number[] = [];
  let given = 0;
  let said: End | undefined;
  const send = (message: ToWorker) => {
    // A process that is just ending has closed its channel; what it left is seen when it has ended.
    if (child.connected) child.send(message, () => {});
  };
  const sendStop = () => send({ kind: "stop" });
  stop.addEventListener("abort", sendStop);
  child.on("message", (message: FromWorker) => {
    switch (message.kind) {
      case "next": {
        const unit = stop.aborted ? undefined : nextUnit();
        if (unit !== undefined) {
          held.push(unit);
          given += 1;
        }
        send({ kind: "unit", unit: unit ?? null });
        break;
      }
      case "picture":
        count.picture(message.unit, message.failed);
        break;
      case "unit-done":
        held.splice(held.indexOf(message.unit), 1);
        break;
      case "error":
        said = { kind: "error", error: message.error };
        break;
      case "finished":
        said = { kind: "finished" };
        break;
    }
  });
  send({ kind: "start", folder: folder.path, payload });
  return new Promise<End>((resolve) => {
    let how: string | undefined;
    let connected = true;
    // The last messages may come after the news that the process has ended.
    const settle = () => {
      if (how !== undefined && !connected) resolve(said ?? { kind: "died", how, given, held });
    };
    child.on("error", (error) => {
      if (child.pid !== undefined) return;
      resolve({ kind: "died", how: error.message, given, held });
    });
    child.on("exit", (code, name) => {
      how = name ?? `exit code ${code}`;
      settle();
    });
    child.on("disconnect", () => {
      connected = false;
      settle();
    });
  }).finally(() => stop.removeEventListener("abort", sendStop));
}
