/** Opens the network and the data set of a finished run, so that its maps can be drawn again. */
import type { RunResources } from "@onnx-lrp/evaluation";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { planOf } from "./plan.ts";
import type { EvaluationRequest } from "./request.ts";
import type { RunListener } from "./run-all.ts";
import { type EvaluationSetup, openEvaluation, openResources } from "./setup.ts";

export interface Reopened {
  readonly run: EvaluationSetup;
  readonly resources: () => Promise<RunResources>;
  readonly release: () => Promise<void>;
}

/**
 * @param request what the run was of
 * @returns undefined if there is no plan, or if the network or the data set was moved or changed
 */
export async function reopen(
  folder: string,
  request: EvaluationRequest,
  { say, words }: Pick<RunListener, "say" | "words">,
): Promise<Reopened | undefined> {
  const { readPlan } = await import("@onnx-lrp/evaluation/internal");
  const plan = await readPlan(folder);
  if (plan === undefined) return undefined;
  try {
    const run = await openEvaluation(request, { threads: undefined, say: () => {}, words });
    const now = await planOf(run, {});
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
    say("The network or the data set has changed since the run: the report has no pictures.");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`The report has no pictures: ${words.error(error)}`);
  }
  return undefined;
}
