/** Arguments of a run as values, and back as the command that repeats it. */
import type { Summary } from "@onnx-lrp/evaluation";
import { type EvaluationRequest, parseMethods, recordIn } from "@onnx-lrp/network/internal";
import type { EvaluationReport } from "@onnx-lrp/report";
import { methodSettings, networkOptions } from "../options/resolve.ts";
import { parseProviders } from "../options/session.ts";
import { commandLine, optionRows, type RunArguments } from "./run-arguments.ts";

/** @throws UserError `usage` for arguments that cannot be meant */
export function requestOf(args: RunArguments): EvaluationRequest {
  const { model, dataset, labels, kind, wnids, limit, sample } = args;
  const own = { ...args, method: "sglrp", composite: undefined, rules: undefined } as const;
  const { method: _, composite: __, rules: ___, ...settings } = methodSettings(own);
  return {
    ...{ model, dataset, labels, settings },
    network: networkOptions(args),
    session: { providers: parseProviders(args.provider) },
    listing: { kind, wnids, limit, sample, allowOutside: args["allow-outside"] },
    methods: parseMethods(args.methods),
    metrics: args.metrics.split(",").map((name) => name.trim()),
    randomization: { pictures: args["randomization-pictures"], steps: args["randomization-steps"] },
  };
}

/** The arguments of the command that began a run; undefined for results that were made elsewhere. */
export function argumentsIn({ plan }: Pick<Summary, "plan">): RunArguments | undefined {
  const options: unknown = plan?.options;
  // Written by the commands, which say so, and nobody else.
  return isArguments(options) ? options : undefined;
}

function isArguments(options: unknown): options is RunArguments {
  return typeof options === "object" && options !== null && "command" in options;
}

/** What a run was of, which this command or a program began; undefined where it is not recorded. */
export function requestIn({ plan }: Pick<Summary, "plan">): EvaluationRequest | undefined {
  const args = argumentsIn({ plan });
  if (args !== undefined) return requestOf(args);
  return plan === null ? undefined : recordIn(plan)?.request;
}

/** The command line, or the call of a program, that made a summary. */
export function originIn(folder: string): (summary: Summary) => EvaluationReport["run"] {
  return (summary) => {
    const args = argumentsIn(summary);
    if (args !== undefined) return { command: commandLine(args, folder), options: optionRows(args) };
    const call = summary.plan === null ? undefined : recordIn(summary.plan)?.call;
    return { command: call ?? `onnx-lrp summarize ${folder}`, options: [] };
  };
}
