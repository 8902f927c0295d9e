/** Starts or continues a run, until it is complete or interrupted: all pictures, then the sanity check. */
import { availableParallelism } from "node:os";
import type { RunResources } from "@onnx-lrp/evaluation";
import type { RunFolder } from "@onnx-lrp/evaluation/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Console } from "../console.ts";
import { errorText } from "../error-wording.ts";
import { planOf } from "./plan.ts";
import { startRunProgress } from "./progress.ts";
import type { ExecutionOptions, RunArguments } from "./run-arguments.ts";
import {
  type EvaluationSetup,
  type OpenedMethod,
  openEvaluation,
  openMethod,
  openResources,
} from "./setup.ts";

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

/** @param signal ends the run after the current picture */
export async function runAll(
  args: RunArguments,
  execution: ExecutionOptions,
  { console, signal }: { readonly console: Console; readonly signal: AbortSignal },
): Promise<FinishedRun> {
  const evaluation = await import("@onnx-lrp/evaluation");
  const { lockRunFolder, openRunFolder, runWorkers } = await import("@onnx-lrp/evaluation/internal");
  const say = execution.quiet ? () => {} : console.say;
  const processes = execution.workers;
  const threads = execution.threads ?? Math.max(1, Math.floor(availableParallelism() / processes));
  const asked = await openEvaluation(args, {
    threads: processes > 1 ? threads : execution.threads,
    say,
  });
  if (asked.items.length === 0) {
    throw new UserError(
      "usage",
      `The data set "${args.dataset}" has no picture of a class that the network knows.`,
    );
  }
  const run = execution.tryAll || args.methods.includes("all") ? await withoutRefused(asked, say) : asked;
  for (const note of run.dataset.notes) say(note);
  const plan = await planOf(run);
  const unlock = await lockRunFolder(execution.out);
  const opening = openRunFolder(execution.out, plan, { resume: execution.resume });
  const folder = await opening.catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  for (const path of folder.damaged)
    say(`"${path}" is damaged, or was changed: its pictures are computed again.`);
  let opened: Promise<RunResources> | undefined;
  const resources = () => {
    opened ??= openResources(run);
    return opened;
  };
  const release = async () => {
    await unlock();
    if (opened === undefined) await run.scorer.release();
    else await (await opened).release();
  };

  const progress = await startRunProgress(console, execution.quiet);
  try {
    const shared = { folder, signal, onProgress: progress.show };
    const result =
      processes > 1
        ? await runWorkers({
            ...shared,
            workers: processes,
            entry: workerEntry(),
            payload: { args: run.args, threads },
            onNotice: console.say,
          })
        : await evaluation.runEvaluation({
            ...shared,
            items: run.items,
            // They are needed for the report too.
            open: async () => ({ ...(await resources()), release: async () => {} }),
          });
    progress.stop();
    const checked =
      !result.interrupted && (await checkSanity(run, folder, { console, signal, quiet: execution.quiet }));
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
async function withoutRefused(
  run: EvaluationSetup,
  say: (sentence: string) => void,
): Promise<EvaluationSetup> {
  const methods = [];
  for (const method of run.methods) {
    try {
      await (await openMethod(run, method, run.network.file)).release();
      methods.push(method);
    } catch (error) {
      if (!(error instanceof UserError) || !["unsupported", "usage"].includes(error.kind)) throw error;
      say(`Left out: ${errorText(error)}`);
    }
  }
  if (methods.length === 0) throw new UserError("unsupported", "No method can explain this network.");
  return { ...run, methods, args: { ...run.args, methods: methods.map(({ name }) => name) } };
}

/** @returns whether all of it is done */
async function checkSanity(
  run: EvaluationSetup,
  { path, plan }: RunFolder,
  { console, signal, quiet }: { console: Console; signal: AbortSignal; quiet: boolean },
): Promise<boolean> {
  if (plan.randomization === undefined) return true;
  const { askPicture, cascade, prepareItem, runRandomization } = await import(
    "@onnx-lrp/evaluation/internal"
  );
  const { externalBytes } = await import("@onnx-lrp/node/internal");
  const { network, args } = run;
  const { file } = network;
  const progress = await startRunProgress(console, quiet, "steps of the randomization");
  const byName = new Map(run.methods.map((method) => [method.name, method]));
  try {
    return await runRandomization({
      ...plan.randomization,
      ...{ folder: path, items: run.items, signal, methods: [...byName.keys()] },
      cascade: cascade(file.model, {
        seed: plan.seed,
        output: args.output,
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
