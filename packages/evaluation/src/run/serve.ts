/** The side of a run's worker process. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { readPlan } from "../store/folder.ts";
import type { Plan } from "../store/plan.ts";
import type { Item } from "../types.ts";
import { type FromWorker, plainError, type ToWorker } from "./protocol.ts";
import type { RunResources } from "./resources.ts";
import { evaluateUnits } from "./units.ts";

/** What a worker's module makes of the caller's payload; the signal ends the work. */
export type OpenWorker = (
  payload: unknown,
  plan: Plan,
  signal: AbortSignal,
) => Promise<{ items: readonly Item[]; resources: RunResources }>;

/**
 * Makes this process, forked by `runWorkers`, do units until there are none left; then ends the process. An interrupt from the
 * keyboard, which reaches every process of a terminal, is left to the driver; if the driver is gone, so is this process.
 */
export function serveUnits(open: OpenWorker): void {
  const stop = new AbortController();
  const units: ((unit: number | undefined) => void)[] = [];
  const answerAll = () => {
    for (const answer of units.splice(0)) answer(undefined);
  };
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(1));
  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "start":
        void work(message.folder, message.payload);
        break;
      case "unit":
        units.shift()?.(message.unit ?? undefined);
        break;
      case "stop":
        stop.abort();
        answerAll();
        break;
    }
  });

  async function work(folder: string, payload: unknown): Promise<void> {
    try {
      const plan = await readPlan(folder);
      if (plan === undefined) throw new UserError("output", `"${folder}" no longer has a plan.json.`);
      const { items, resources } = await open(payload, plan, stop.signal);
      await evaluateUnits({
        folder,
        plan,
        items,
        resources,
        signal: stop.signal,
        next() {
          if (stop.signal.aborted) return Promise.resolve(undefined);
          send({ kind: "next" });
          return new Promise((resolve) => units.push(resolve));
        },
        onPicture: (unit, failed) => send({ kind: "picture", unit, failed }),
        onUnit: (unit) => send({ kind: "unit-done", unit }),
      });
      await resources.release();
      send({ kind: "finished" }, 0);
    } catch (error) {
      send({ kind: "error", error: plainError(error) }, 1);
    }
  }
}

/** @param code where given, ends the process with it once the message is out */
function send(message: FromWorker, code?: number): void {
  process.send?.(message, undefined, undefined, () => {
    if (code !== undefined) process.exit(code);
  });
}
