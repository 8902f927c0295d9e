/** Starts or continues a run, until it is complete or interrupted: all pictures, then the sanity check. */
import { availableParallelism } from "node:os";
import type { RunResources } from "@onnx-lrp/evaluation";
import type { Progress, RunFolder } from "@onnx-lrp/evaluation/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ProgramWords } from "../program-words.ts";
import { planOf } from "./plan.ts";
import type { EvaluationRequest } from "./request.ts";
import {
  type EvaluationSetup,
  type OpenedMethod,
  openEvaluation,
  openMethod,
  openResources,
} from "./setup.ts";
import type { WorkerPayload } from "./worker.ts";

/** How a run is executed; its results do not depend on it. */
export interface Execution {
  /** The folder of the results. */
  readonly folder: string;
  /** Whether the run in it is to be continued. */
  readonly resume: boolean;
  /** Processes. */
  readonly workers: number;
  /** Of onnxruntime in each process; default one for each core, shared among the processes. */
  readonly threads: number | undefined;
  /** Whether methods that refuse the network are left out. */
  readonly tryAll: boolean;
}

/** What is counted: pictures, then steps of the randomization. */
export type Stage = "pictures" | "randomization";

/** A count that is shown to somebody. */
export interface Counter {
  show(progress: Progress): void;
  stop(): void;
}

/** What a run says while it goes on. */
export interface RunListener {
  readonly words: ProgramWords;
  /** Called with notices of one sentence. */
  readonly say: (sentence: string) => void;
  /** Called with what went wrong and did not end the run. */
  readonly warn: (sentence: string) => void;
  readonly count: (stage: Stage) => Promise<Counter>;
}

export interface FinishedRun {
  readonly folder: RunFolder;
  readonly run: EvaluationSetup;
  /** Opens the methods unless they are open already. */
  readonly resources: () => Promise<RunResources>;
  readonly interrupted: boolean;
  readonly pictures: { readonly done: number; readonly total: number };
  /** Units at which two processes died. */
  readonly lost: readonly number[];
  readonly release: () => Promise<void>;
}

/**
 * @param recorded what its user asked for, for the plan
 * @param signal ends the run before the next run of the network
 */
export async function runAll(
  request: EvaluationRequest,
  recorded: object,
  execution: Execution,
  listener: RunListener & { readonly signal: AbortSignal },
): Promise<FinishedRun> {
  const evaluation = await import("@onnx-lrp/evaluation");
  const { lockRunFolder, openRunFolder, runWorkers } = await import("@onnx-lrp/evaluation/internal");
  const { say, words, signal } = listener;
  const processes = execution.workers;
  const threads = execution.threads ?? Math.max(1, Math.floor(availableParallelism() / processes));
  const asked = await openEvaluation(request, {
    threads: processes > 1 ? threads : execution.threads,
    ...{ say, words },
  });
  if (asked.items.length === 0) {
    throw new UserError(
      "usage",
      `The data set "${request.dataset}" has no picture of a class that the network knows.`,
    );
  }
  const run = execution.tryAll ? await withoutRefused(asked, listener) : asked;
  for (const note of run.dataset.notes) say(note);
  const methods = execution.tryAll ? { methods: run.methods.map(({ name }) => name) } : {};
  const plan = await planOf(run, { ...recorded, ...methods });
  const unlock = await lockRunFolder(execution.folder);
  const opening = openRunFolder(execution.folder, plan, { resume: execution.resume });
  const folder = await opening.catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  for (const path of folder.damaged)
    say(`"${path}" is damaged, or was changed: its pictures are computed again.`);
  let opened: Promise<RunResources> | undefined;
  const resources = () => {
    opened ??= openResources(run, { signal });
    return opened;
  };
  const release = async () => {
    await unlock();
    if (opened === undefined) await run.scorer.release();
    else await (await opened).release();
  };

  const progress = await listener.count("pictures");
  try {
    const shared = { folder, signal, onProgress: progress.show };
    const result =
      processes > 1
        ? await runWorkers({
            ...shared,
            workers: processes,
            entry: workerEntry(),
            payload: { request: run.request, threads } satisfies WorkerPayload,
            onNotice: listener.warn,
          })
        : await evaluation.runEvaluation({
            ...shared,
            items: run.items,
            // They are needed for the report too.
            open: async () => ({ ...(await resources()), release: async () => {} }),
          });
    progress.stop();
    const checked = !result.interrupted && (await checkSanity(run, folder, listener));
    const interrupted = !checked;
    const { pictures, lost } = result;
    return { folder, run, resources, interrupted, pictures, lost, release };
  } catch (error) {
    await release().catch(() => {});
    throw error;
  } finally {
    progress.stop();
  }
}

/** Beside this module: TypeScript in the sources, JavaScript as built. */
function workerEntry(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "worker.ts" : "worker.js", import.meta.url);
}

/** Leaves out the methods that refuse this network. */
async function withoutRefused(run: EvaluationSetup, { say, words }: RunListener): Promise<EvaluationSetup> {
  const methods = [];
  for (const method of run.methods) {
    try {
      await (await openMethod(run, method, run.network.file)).release();
      methods.push(method);
    } catch (error) {
      if (!(error instanceof UserError) || !["unsupported", "usage"].includes(error.kind)) throw error;
      say(`Left out: ${words.error(error)}`);
    }
  }
  if (methods.length === 0) throw new UserError("unsupported", "No method can explain this network.");
  return { ...run, methods, request: { ...run.request, methods } };
}

/** @returns whether all of it is done */
async function checkSanity(
  run: EvaluationSetup,
  { path, plan }: RunFolder,
  { count, signal }: RunListener & { readonly signal: AbortSignal },
): Promise<boolean> {
  if (plan.randomization === undefined) return true;
  const { askPicture, cascade, prepareItem, runRandomization } = await import(
    "@onnx-lrp/evaluation/internal"
  );
  const { externalBytes } = await import("@onnx-lrp/node/internal");
  const { file } = run.network;
  const progress = await count("randomization");
  const byName = new Map(run.methods.map((method) => [method.name, method]));
  try {
    return await runRandomization({
      ...plan.randomization,
      ...{ folder: path, items: run.items, signal, methods: [...byName.keys()] },
      cascade: cascade(file.model, {
        seed: plan.seed,
        output: run.request.settings.output,
        read: (tensor) => externalBytes(tensor, file.folder),
      }),
      prepare: (item) => prepareItem(item, run.spec, run.scorer.image),
      target: async (item) => {
        const [scores] = await run.scorer.score([item.data]);
        if (scores === undefined) throw new Error("The network gave no scores.");
        return askPicture(run.scorer, scores, item).label.target;
      },
      open: async (name, model): Promise<OpenedMethod> => {
        const method = byName.get(name);
        if (method === undefined) throw new Error(`There is no method ${name} in this run.`);
        return openMethod(run, method, model === undefined ? file : { ...file, model });
      },
      onStep: (done, total) => progress.show({ done, total, failed: 0 }),
    });
  } finally {
    progress.stop();
  }
}
