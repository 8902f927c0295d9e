/** Opens the network and the data set of a finished run, so that its maps can be drawn again. */
import type { RunResources } from "@onnx-lrp/evaluation";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Console } from "../console.ts";
import { errorText } from "../error-wording.ts";
import { planOf } from "./plan.ts";
import { argumentsIn } from "./results.ts";
import { type EvaluationSetup, openEvaluation, openResources } from "./setup.ts";

export interface Reopened {
  readonly run: EvaluationSetup;
  readonly resources: () => Promise<RunResources>;
  readonly release: () => Promise<void>;
}

/** @returns undefined if there is no plan, or if the network or the data set was moved or changed */
export async function reopen(folder: string, console: Console): Promise<Reopened | undefined> {
  const { readPlan } = await import("@onnx-lrp/evaluation/internal");
  const plan = await readPlan(folder);
  const args = plan === undefined ? undefined : argumentsIn({ plan });
  if (plan === undefined || args === undefined) return undefined;
  try {
    const run = await openEvaluation(args, { threads: undefined, say: () => {} });
    const now = await planOf(run);
    if (now.model.sha256 === plan.model.sha256 && now.dataset.sha256 === plan.dataset.sha256) {
      let opened: Promise<RunResources> | undefined;
      const resources = () => {
        opened ??= openResources(run);
        return opened;
      };
      const release = async () => (opened === undefined ? run.scorer : await opened).release();
      return { run, resources, release };
    }
    await run.scorer.release();
    console.say("The network or the data set has changed since the run: the report has no pictures.");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.say(`The report has no pictures: ${errorText(error)}`);
  }
  return undefined;
}
