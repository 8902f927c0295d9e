/** Prints results, and chooses the exit code. */
import { accuracyWarning, type EvaluationResults, type FinishedRun } from "@onnx-lrp/network/internal";
import { type Console, outJson } from "../console.ts";
import { commandLineWords } from "../error-wording.ts";
import { exitCodes } from "../exit-codes.ts";
import { summaryLines } from "./summary-text.ts";

export function report(
  { summary, files }: EvaluationResults,
  { json, console }: { readonly json: boolean; readonly console: Console },
): void {
  const { ok, failed } = summary.pictures;
  if (ok === 0 && failed > 0) {
    console.say(
      `onnx-lrp: none of the ${failed} pictures could be used: ${summary.failures[0]?.reason ?? ""}`,
    );
  }
  const doubt = accuracyWarning(summary, commandLineWords);
  if (doubt !== undefined) console.say(doubt);
  if (json) {
    outJson(console, summary);
    return;
  }
  for (const line of summaryLines(summary)) console.out(line);
  console.out("");
  console.out(`  report     ${files.report}`);
  console.out(`  summary    ${files.summary}, ${files.csv}`);
}

/** The exit code of a run; prints what is missing from its results. */
export function exitCodeFor(
  { interrupted, pictures, lost }: FinishedRun,
  { summary }: EvaluationResults,
  out: string,
  console: Console,
): number {
  const { done, total } = pictures;
  if (interrupted) {
    console.say(
      `onnx-lrp: interrupted; the results of ${done} of ${total} pictures are in "${out}". Run the same command with --resume to continue.`,
    );
    return exitCodes.interrupted;
  }
  if (lost.length > 0) {
    console.say(
      `onnx-lrp: ${total - done} of ${total} pictures have no result because processes died while evaluating them; use --resume to try them again.`,
    );
    return exitCodes.run;
  }
  // Single pictures that cannot be used are a part of the results.
  const { ok, failed } = summary.pictures;
  return ok === 0 && failed > 0 ? exitCodes.someInputsFailed : exitCodes.success;
}
