/** The results of a run: summary.json, summary.csv and report.html. */
import { basename, join } from "node:path";
import type { RunResources, Summary } from "@onnx-lrp/evaluation";
import type { EvaluationReport } from "@onnx-lrp/report";
import { duration } from "../format.ts";
import { packageVersion } from "../node/version.ts";
import type { ProgramWords } from "../program-words.ts";
import { caveats, findingsOf } from "./findings.ts";
import { galleriesOf } from "./galleries.ts";
import { chartsOf } from "./report-charts.ts";
import { tablesOf } from "./report-tables.ts";
import type { EvaluationSetup } from "./setup.ts";

export interface ResultsOptions {
  /** The network and the data set, to draw maps again; without them the page has no pictures. */
  readonly pictures?:
    | { readonly run: EvaluationSetup; readonly resources: () => Promise<RunResources> }
    | undefined;
  /** The method that the others are compared with; default the first. */
  readonly reference?: string | undefined;
  readonly signal: AbortSignal;
  readonly words: ProgramWords;
  /** How the run is repeated, or at least summarized, and what its user asked for. */
  readonly origin: (summary: Summary) => EvaluationReport["run"];
  /** Sentences for the top of the page; default the ranking by each metric. */
  readonly findings?: (summary: Summary) => readonly string[];
}

export interface Results {
  readonly summary: Summary;
  readonly files: { readonly summary: string; readonly csv: string; readonly report: string };
}

/** Summarizes a folder of parts, and writes the summary and the report. */
export async function writeResults(
  folder: string,
  { pictures, reference, signal, findings, words, origin }: ResultsOptions,
): Promise<Results> {
  const { metrics, summarize, writeSummary } = await import("@onnx-lrp/evaluation");
  const { renderEvaluationPage } = await import("@onnx-lrp/report");
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  const summary = await summarize(folder, { metrics: [...metrics.values()], reference });
  await writeSummary(folder, summary);
  const galleries =
    pictures === undefined || signal.aborted
      ? []
      : await galleriesOf(summary, pictures.run, pictures.resources, signal);
  const report: EvaluationReport = {
    ...reportOf(folder, summary),
    findings: [...caveats(summary, words), ...(findings?.(summary) ?? findingsOf(summary))],
    galleries,
    run: runOf(summary, origin(summary)),
  };
  const files = {
    summary: join(folder, "summary.json"),
    csv: join(folder, "summary.csv"),
    report: join(folder, "report.html"),
  };
  await writeFileWhole(files.report, new TextEncoder().encode(renderEvaluationPage(report)));
  return { summary, files };
}

function reportOf(
  folder: string,
  summary: Summary,
): Omit<EvaluationReport, "findings" | "galleries" | "run"> {
  const { plan, pictures, failures } = summary;
  const model = plan === null ? basename(folder) : basename(plan.model.path).replace(/\.onnx$/, "");
  const of = plan === null ? "" : ` on ${plan.dataset.name}`;
  const { ok, correct } = pictures;
  const named =
    ok === 0 ? "" : `, of which the network classifies ${((100 * correct) / ok).toFixed(1)} % as labelled`;
  return {
    title: `Maps of ${model}${of}`,
    subtitle: `${ok} pictures${named}. Intervals contain 95 % of ${summary.intervals.replicates} bootstrap samples of the pictures.`,
    tables: tablesOf(summary),
    charts: chartsOf(summary),
    failures: failures.map(({ image, reason }) => ({ name: image, reason })),
  };
}

/** What is known of a run: what was asked for, what followed from it, and how long it took. */
function runOf(summary: Summary, { command, options }: EvaluationReport["run"]): EvaluationReport["run"] {
  const { plan, times, intervals } = summary;
  const common = [
    { name: "bootstrap", value: `${intervals.replicates} samples, seed ${intervals.seed}` },
    { name: "version", value: `onnx-lrp ${plan?.version ?? packageVersion()}` },
    { name: "time", value: `${duration(times.seconds)} of computing time over all processes` },
    ...times.steps.map(({ step, seconds, pictures }) => ({
      name: step,
      value: `${((1000 * seconds) / Math.max(pictures, 1)).toPrecision(3)} ms per picture`,
    })),
  ];
  if (plan === null) return { command, options: common };
  const { model, dataset, methods, preprocess, preprocessSource, fill, randomization } = plan;
  return {
    command,
    options: [
      ...options,
      { name: "model, SHA-256", value: model.sha256 },
      { name: "pictures, SHA-256 of the list", value: dataset.sha256 },
      ...dataset.notes.map((note) => ({ name: "left out of the list", value: note })),
      { name: "preprocessing", value: JSON.stringify(preprocess) },
      ...(preprocessSource === undefined
        ? []
        : [
            {
              name: "who says so",
              value: [preprocessSource.from, preprocessSource.source]
                .filter((word) => word !== "")
                .join(": "),
            },
          ]),
      { name: "colour of hidden pixels", value: fill.join(", ") },
      ...(randomization === undefined
        ? []
        : [{ name: "layers of the randomization's steps", value: randomization.layers.join(", ") }]),
      ...methods.map(({ name, parameters }) => ({ name, value: JSON.stringify(parameters) })),
      ...common,
    ],
  };
}
