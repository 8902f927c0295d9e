import { metricNames, randomizationName } from "@onnx-lrp/evaluation/names";
import { checkCounts, evaluatedMethods, evaluatedMetrics, loadEvaluation } from "@onnx-lrp/network/internal";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { commandLineWords } from "../error-wording.ts";
import { listenerOf } from "../evaluate/progress.ts";
import { runArgumentsOf } from "../evaluate/run-arguments.ts";
import { randomizationOptions, resultOptions, runOptions, withDataSet } from "../options/data-set.ts";
import { withExamples } from "../options/examples.ts";
import { withModel } from "../options/model.ts";
import { folderAt } from "../options/out.ts";
import { checkThreads } from "../options/session.ts";

const usual: readonly string[] = evaluatedMetrics;
const otherMetrics = [...metricNames, randomizationName].filter((name) => !usual.includes(name));

const options = {
  methods: {
    type: "string",
    array: true,
    default: [evaluatedMethods.join(",")],
    describe:
      "Comma-separated, each optionally with a composite and parameters (sglrp:epsilon-plus@epsilon=0.01); all for every method",
  },
  metrics: {
    type: "string",
    nargs: 1,
    default: usual.join(","),
    describe: `Comma-separated; also ${otherMetrics.join(", ")}`,
  },
  out: {
    type: "string",
    nargs: 1,
    default: "evaluation",
    describe:
      "Folder for the results, made if it is missing: report.html, summary.json, summary.csv, and the files they are made from",
  },
  ...runOptions,
  ...randomizationOptions,
  ...resultOptions,
} as const satisfies Record<string, Options>;

type EvaluateArguments = InferredOptionTypes<typeof options> & { model: string; dataset: string };

export function evaluateCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, EvaluateArguments> {
  return {
    command: "evaluate <model> <dataset>",
    describe: "Measure how well methods explain a network, on labelled pictures",
    builder: (argv) =>
      withExamples(withDataSet(withModel(argv, "methods")).options(options), [
        ["evaluate squeezenet.onnx imagenet/val --limit 400 --sample 1", "the SGLRP paper's figures"],
        ["evaluate net.onnx photos.csv --out run --resume", "continue an interrupted run"],
        ["evaluate net.onnx coco/ --metrics pointing-game --workers 4", "another metric, four processes"],
      ]) as Argv<EvaluateArguments>,
    handler: async (args: ArgumentsCamelCase<EvaluateArguments>) => finish(await evaluate(args, console)),
  };
}

async function evaluate(args: EvaluateArguments, console: Console): Promise<number> {
  const out = folderAt(args.out);
  const { resume, workers, threads, quiet, json } = args;
  const [pictures, steps] = [args["randomization-pictures"], args["randomization-steps"]];
  checkCounts({ ...args, randomization: { pictures, steps } }, commandLineWords);
  const { runAll, writeResults } = await loadEvaluation();
  const { originIn, requestOf } = await import("../evaluate/request.ts");
  const { untilInterrupted } = await import("../interrupt.ts");
  const { report, exitCodeFor } = await import("../evaluate/report.ts");
  const run = runArgumentsOf(args, {
    ...args,
    command: "evaluate",
    methods: args.methods.flatMap((text) => String(text).split(",")).map((word) => word.trim()),
  });
  const execution = {
    ...{ folder: out, resume, workers, threads: checkThreads(threads) },
    tryAll: run.methods.includes("all"),
  };
  return untilInterrupted(async (signal) => {
    const listener = { ...listenerOf(console, quiet), signal };
    const finished = await runAll(requestOf(run), run, execution, listener);
    try {
      const results = await writeResults(out, {
        pictures: finished.interrupted ? undefined : finished,
        origin: originIn(out),
        ...listener,
      });
      report(results, { json, console });
      return exitCodeFor(finished, results, out, console);
    } finally {
      await finished.release();
    }
  });
}
