/** A process of a run with several, forked by `runWorkers`; its payload is a `WorkerPayload`. */
import { serveUnits } from "@onnx-lrp/evaluation/internal";
import { libraryWords } from "../program-words.ts";
import type { EvaluationRequest } from "./request.ts";
import { openEvaluation, openResources } from "./setup.ts";

export interface WorkerPayload {
  readonly request: EvaluationRequest;
  readonly threads: number;
}

serveUnits(async (payload, _, signal) => {
  // Of our own making.
  const { request, threads } = payload as WorkerPayload;
  // The main process has given the notices.
  const run = await openEvaluation(request, { threads, say: () => {}, words: libraryWords });
  return { items: run.items, resources: await openResources(run, { signal }) };
});
