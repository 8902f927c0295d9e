/** A process of a run with --workers, forked by `runWorkers`; its payload is a `WorkerPayload`. */
import { serveUnits } from "@onnx-lrp/evaluation/internal";
import type { RunArguments } from "./run-arguments.ts";
import { openEvaluation, openResources } from "./setup.ts";

export interface WorkerPayload {
  readonly args: RunArguments;
  readonly threads: number;
}

serveUnits(async (payload) => {
  // Of our own making, by way of JSON.
  const { args, threads } = payload as WorkerPayload;
  // The main process has printed the notices.
  const run = await openEvaluation(args, { threads, say: () => {} });
  return { items: run.items, resources: await openResources(run) };
});
