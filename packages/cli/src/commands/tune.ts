import { ruleCompositeNames } from "@onnx-lrp/core/names";
import { checkCounts, loadEvaluation, parseMethods } from "@onnx-lrp/network/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { commandLineWords } from "../error-wording.ts";
import { listenerOf } from "../evaluate/progress.ts";
import { runArgumentsOf } from "../evaluate/run-arguments.ts";
import { resultOptions, runOptions, withDataSet } from "../options/data-set.ts";
import { withExamples } from "../options/examples.ts";
import { withModel } from "../options/model.ts";
import { folderAt } from "../options/out.ts";
import { checkThreads } from "../options/session.ts";

/** Every composite; several values of its parameter if it has one; the other bias convention of the default. */
const candidates = ruleCompositeNames.flatMap((composite) => {
  const name = `sglrp:${composite}`;
  switch (composite) {
    case "epsilon-gamma-box":
      return ["0.1", "0.25", "1"].map((gamma) => `${name}@gamma=${gamma}`);
    case "epsilon-plus":
      return ["1e-6", "0.01", "0.25"].map((epsilon) => `${name}@epsilon=${epsilon}`);
    case "transformer":
      return [
        ...["1", "100"].flatMap((first) =>
          ["0.01", "0.05", "0.25"].map((dense) => `${name}@gamma-first=${first}@gamma-dense=${dense}`),
        ),
        // Where several convolutions embed the patches.
        `${name}@gamma=1`,
      ];
    case "zplus-box":
      return [name, `${name}@bias=positive`];
    default:
      return [name];
  }
});

const options = {
  metric: { type: "string", nargs: 1, default: "pointing-game", describe: "Metric to optimize" },
  candidates: {
    type: "string",
    nargs: 1,
    default: candidates.join(","),
    defaultDescription: "sglrp with every composite and several parameters",
    describe:
      "Comma-separated methods with composites and parameters, such as sglrp:epsilon-plus@epsilon=0.01",
  },
  out: {
    type: "string",
    nargs: 1,
    default: "tuning",
    describe: "Folder for the results, made if it is missing",
  },
  ...runOptions,
  ...resultOptions,
  limit: { ...resultOptions.limit, default: 100, describe: "Maximum number of pictures" },
} as const satisfies Record<string, Options>;

type TuneArguments = InferredOptionTypes<typeof options> & { model: string; dataset: string };

export function tuneCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, TuneArguments> {
  return {
    command: "tune <model> <dataset>",
    describe: "Find the composite and parameters that explain a network best by a metric",
    builder: (argv) =>
      withExamples(withDataSet(withModel(argv, "candidates")).options(options), [
        ["tune squeezenet.onnx imagenet/val --sample 1", "SGLRP's composites, by the pointing game"],
        ["tune net.onnx list.csv --candidates lrp:epsilon,lrp:epsilon@epsilon=1", "your own candidates"],
      ]) as Argv<TuneArguments>,
    handler: async (args: ArgumentsCamelCase<TuneArguments>) => finish(await tune(args, console)),
  };
}

async function tune(args: TuneArguments, console: Console): Promise<number> {
  const out = folderAt(args.out);
  const { resume, workers, threads, quiet, json, metric } = args;
  checkCounts(args, commandLineWords);
  const { metricsNamed, runAll } = await loadEvaluation();
  const { metrics, randomization } = await metricsNamed(metric.split(",").map((name) => name.trim()));
  if (metrics.length !== 1 || randomization) {
    throw new UserError(
      "usage",
      `--metric must be one metric that says which value is best; got "${metric}".`,
    );
  }
  const methods = parseMethods([args.candidates]);
  if (methods.length < 2)
    throw new UserError("usage", "--candidates needs at least two methods to choose from.");
  const { requestOf } = await import("../evaluate/request.ts");
  const { untilInterrupted } = await import("../interrupt.ts");
  const { exitCodeFor } = await import("../evaluate/report.ts");
  const { reportTuning, writeTuning } = await import("../evaluate/tuning.ts");
  const run = runArgumentsOf(args, {
    command: "tune",
    methods: methods.map(({ name }) => name),
    metrics: metric,
    "randomization-pictures": 1,
    "randomization-steps": 1,
  });
  const execution = { folder: out, resume, workers, threads: checkThreads(threads), tryAll: true };
  return untilInterrupted(async (signal) => {
    const listener = { ...listenerOf(console, quiet), signal };
    const finished = await runAll(requestOf(run), run, execution, listener);
    try {
      const results = await writeTuning(out, run, {
        signal,
        pictures: finished.interrupted ? undefined : finished,
      });
      reportTuning(results, run, { json, console });
      return exitCodeFor(finished, results, out, console);
    } finally {
      await finished.release();
    }
  });
}
