import { loadEvaluation } from "@onnx-lrp/network/internal";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { listenerOf } from "../evaluate/progress.ts";
import { exitCodes } from "../exit-codes.ts";
import { withExamples } from "../options/examples.ts";

const options = {
  json: { type: "boolean", default: false, describe: "Print summary.json, and nothing else, on stdout" },
} as const satisfies Record<string, Options>;

type SummarizeArguments = InferredOptionTypes<typeof options> & { folder: string };

export function summarizeCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, SummarizeArguments> {
  return {
    command: "summarize <folder>",
    aliases: ["summarise"],
    describe: "Write the summary and report of a run again, or of results from another program",
    builder: (argv) =>
      withExamples(
        argv
          .positional("folder", {
            type: "string",
            demandOption: true,
            describe:
              "The --out folder of a run, or a folder with pictures/*.parquet and values/*.parquet from any program",
          })
          .options(options),
        [
          ["summarize evaluation", "after an interrupted run"],
          ["summarize ray-results", "results of several machines"],
        ],
      ) as Argv<SummarizeArguments>,
    handler: async (args: ArgumentsCamelCase<SummarizeArguments>) => finish(await summarize(args, console)),
  };
}

async function summarize({ folder, json }: SummarizeArguments, console: Console): Promise<number> {
  const { reopen, writeResults } = await loadEvaluation();
  const { argumentsIn, originIn, requestIn } = await import("../evaluate/request.ts");
  const { report } = await import("../evaluate/report.ts");
  const { reportTuning, writeTuning } = await import("../evaluate/tuning.ts");
  const { readPlan } = await import("@onnx-lrp/evaluation/internal");
  const plan = (await readPlan(folder)) ?? null;
  const [args, request] = [argumentsIn({ plan }), requestIn({ plan })];
  const listener = listenerOf(console, false);
  const pictures = request && (await reopen(folder, request, listener));
  const options = { ...listener, pictures, signal: new AbortController().signal };
  try {
    if (args?.command === "tune")
      reportTuning(await writeTuning(folder, args, options), args, { json, console });
    else report(await writeResults(folder, { ...options, origin: originIn(folder) }), { json, console });
  } finally {
    await pictures?.release();
  }
  return exitCodes.success;
}
