/** The results of a run over candidates: their ranking, and which one to use. */
import { metrics, type Summary, summarize } from "@onnx-lrp/evaluation";
import {
  accuracyWarning,
  type EvaluationResults,
  loadEvaluation,
  parseMethods,
  type ResultsOptions,
} from "@onnx-lrp/network/internal";
import type { Console } from "../console.ts";
import { commandLineWords } from "../error-wording.ts";
import { table } from "../format.ts";
import { shellLine } from "../shell.ts";
import { bestOf, type Ranked, rankingOf } from "./ranking.ts";
import { report } from "./report.ts";
import { originIn } from "./request.ts";
import { type RunArguments, sharedWords } from "./run-arguments.ts";

/** Writes the results of a run, in which the others are compared with the best candidate. */
export async function writeTuning(
  folder: string,
  run: RunArguments,
  options: Pick<ResultsOptions, "signal" | "pictures">,
): Promise<EvaluationResults> {
  const { writeResults } = await loadEvaluation();
  // The best is known only from a first summary; the second one has the differences to it.
  const reference = bestOf(await summarize(folder, { metrics: [...metrics.values()], replicates: 1 }));
  return writeResults(folder, {
    ...options,
    ...{ reference, words: commandLineWords, origin: originIn(folder) },
    findings: (summary) => advice(summary, rankingOf(summary), run),
  });
}

export function reportTuning(
  results: EvaluationResults,
  run: RunArguments,
  { json, console }: { readonly json: boolean; readonly console: Console },
): void {
  if (json) {
    report(results, { json, console });
    return;
  }
  const doubt = accuracyWarning(results.summary, commandLineWords);
  if (doubt !== undefined) console.say(doubt);
  for (const line of lines(results.summary, run)) console.out(line);
  console.out(`  report     ${results.files.report}`);
}

function lines(summary: Summary, run: RunArguments): string[] {
  const ranking = rankingOf(summary);
  const [metric] = summary.measures;
  const number = (value: number) => value.toPrecision(3);
  const interval = ({ low, high }: { low: number | null; high: number | null }) =>
    low === null || high === null ? "" : `${number(low)} to ${number(high)}`;
  const rows = ranking.map(({ method, n, headline, difference, significant }) => [
    `  ${method}`,
    number(headline.value),
    interval(headline),
    `n = ${n}`,
    difference === undefined ? "" : number(difference.value),
    difference === undefined ? "" : interval(difference),
    difference === undefined ? "the best" : significant ? "worse" : "not significantly different",
  ]);
  return [
    `${metric?.name}: ${metric?.value}; ${metric?.better} is better`,
    ...table(
      [["  candidate", "mean", "95 % interval", "", "to the best", "95 % interval", ""], ...rows],
      new Set([1, 4]),
    ),
    "",
    ...advice(summary, ranking, run),
  ];
}

/** In sentences. */
function advice({ pictures }: Summary, ranking: readonly Ranked[], run: RunArguments): string[] {
  const [best, ...others] = ranking;
  if (best === undefined) return ["No candidate has a result: the metric does not apply to these pictures."];
  const same = others.filter(({ significant }) => !significant).map(({ method }) => method);
  return [
    `Best on ${pictures.ok} pictures: ${best.method}.`,
    same.length === 0
      ? "Every other candidate differs significantly from it (95 %)."
      : `Not significantly different from it (95 %): ${same.join(", ")}. More pictures (--limit) may show a difference.`,
    `The best of ${ranking.length} looks a little better than it is on the pictures that it was chosen by; measure it on other pictures with onnx-lrp evaluate.`,
    `Use it: ${explainCommandLine(run, best.method)}`,
  ];
}

function explainCommandLine(run: RunArguments, name: string): string {
  const [chosen] = parseMethods([name]);
  const { method = "sglrp", composite, parameters = {} } = chosen ?? {};
  const flags = Object.entries(parameters).map(
    ([key, value]) => [commandLineWords.option(key), value] as const,
  );
  return shellLine([
    ...["onnx-lrp", "explain", run.model, "PICTURE", "--method", method],
    ...(composite === undefined ? [] : ["--composite", composite]),
    ...flags.flatMap(([flag, value]) => [flag, String(value)]),
    ...sharedWords(
      run,
      flags.map(([flag]) => flag.slice(2)),
    ),
  ]);
}
