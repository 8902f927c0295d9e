/** What a run is of: its arguments, stored with it, and the command line that repeats it. */
import type { InferredOptionTypes, Options } from "yargs";
import { randomizationOptions, resultOptions, sharedOptions } from "../options/data-set.ts";
import { perturbationOptions } from "../options/method.ts";
import { shellLine } from "../shell.ts";

/** Everything that results depend on, as a user gave it; JSON, so that it can be stored and sent to other processes. */
export interface RunArguments
  extends InferredOptionTypes<typeof resultOptions>,
    InferredOptionTypes<typeof randomizationOptions> {
  readonly command: "evaluate" | "tune";
  readonly model: string;
  readonly dataset: string;
  readonly methods: readonly string[];
  readonly metrics: string;
}

const recorded = { ...resultOptions, ...randomizationOptions };

/** The arguments of a command that results depend on. */
export function runArgumentsOf(
  args: InferredOptionTypes<typeof resultOptions> & { readonly model: string; readonly dataset: string },
  rest: Pick<RunArguments, "command" | "methods" | "metrics"> &
    InferredOptionTypes<typeof randomizationOptions>,
): RunArguments {
  const all: Record<string, unknown> = { ...args, ...rest };
  const kept = Object.keys(recorded).flatMap((name) =>
    all[name] === undefined ? [] : [[name, all[name]] as const],
  );
  const { command, methods, metrics } = rest;
  return {
    ...(Object.fromEntries(kept) as InferredOptionTypes<typeof recorded>),
    ...{ command, model: args.model, dataset: args.dataset, methods, metrics },
  };
}

/** The options of a run with their values, in the order of the help. Some take "none" as a value, so that it does not mean "not given". */
export function optionRows(args: RunArguments): { name: string; value: string }[] {
  const rows = Object.keys(recorded).map((name) => ({
    name: `--${name}`,
    value: shown(givenFor(args, name)),
  }));
  return [
    { name: "MODEL", value: args.model },
    { name: "DATASET", value: args.dataset },
    { name: args.command === "tune" ? "--candidates" : "--methods", value: args.methods.join(",") },
    { name: args.command === "tune" ? "--metric" : "--metrics", value: args.metrics },
    ...rows,
  ];
}

/** The command line that repeats a run, with the options that differ from their defaults. */
export function commandLine(args: RunArguments, out: string): string {
  const tune = args.command === "tune";
  return shellLine([
    ...["onnx-lrp", args.command, args.model, args.dataset],
    ...[tune ? "--candidates" : "--methods", args.methods.join(",")],
    ...[tune ? "--metric" : "--metrics", args.metrics],
    ...optionWords(args, () => true),
    ...["--out", out],
  ]);
}

/** The options of a run about the network and its methods, which other commands take too. */
export function sharedWords(args: RunArguments, except: readonly string[]): string[] {
  return optionWords(
    args,
    (name) =>
      (name in sharedOptions || name in perturbationOptions || name === "labels") && !except.includes(name),
  );
}

/** Options that differ from their defaults. */
function optionWords(args: RunArguments, wanted: (name: string) => boolean): string[] {
  const defaults: Readonly<Record<string, Options>> = recorded;
  return Object.keys(recorded)
    .filter(wanted)
    .flatMap((name) => {
      const value = givenFor(args, name);
      if (value === undefined || value === defaults[name]?.default) return [];
      if (Array.isArray(value)) return value.flatMap((each) => [`--${name}`, String(each)]);
      return value === true ? [`--${name}`] : [`--${name}`, String(value)];
    });
}

function givenFor(args: RunArguments, name: string): unknown {
  return (args as unknown as Record<string, unknown>)[name];
}

function shown(value: unknown): string {
  const empty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  return empty ? "not given" : String(value);
}
