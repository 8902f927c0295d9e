/** Options of the commands that run over a data set, and the command line that repeats a run. */
import { dataSetKinds } from "@onnx-lrp/evaluation/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { InferredOptionTypes, Options } from "yargs";
import { methodOptions, sessionOptions } from "../options.ts";
import { blackBoxSettings } from "../settings.ts";

const { method: _, composite: __, rules: ___, ...sharedOptions } = methodOptions;

/** Options that results depend on. */
export const resultOptions = {
  limit: { type: "number", nargs: 1, describe: "Maximum number of pictures [default: all]" },
  sample: {
    type: "number",
    nargs: 1,
    describe: "With --limit: draw the pictures at random with this seed [default: the first ones]",
  },
  kind: { choices: dataSetKinds, describe: "Format of the data set [default: detected from its files]" },
  wnids: {
    type: "string",
    nargs: 1,
    describe: "File with the wnid of each class, one per line, in the network's order",
  },
  labels: {
    type: "string",
    nargs: 1,
    describe:
      "Class names: a file, imagenet, or none [default: what the model says, else imagenet for 1000 classes]",
  },
  ...sharedOptions,
  size: {
    ...sharedOptions.size,
    describe: "Height and width of pictures, 224 or 240x320, if the network takes any size [default: 224]",
  },
  ...blackBoxSettings,
  provider: sessionOptions.provider,
} as const satisfies Record<string, Options>;

/** Options of the execution, which do not change the results. */
export const runOptions = {
  resume: { type: "boolean", default: false, describe: "Continue the run in --out" },
  workers: { type: "number", nargs: 1, default: 1, describe: "Number of worker processes" },
  threads: {
    type: "number",
    nargs: 1,
    describe: "Threads of onnxruntime in each process [default: one per core, shared among the processes]",
  },
  quiet: { type: "boolean", default: false, describe: "No progress output" },
  json: { type: "boolean", default: false, describe: "Print summary.json, and nothing else, on stdout" },
} as const satisfies Record<string, Options>;

export const randomizationOptions = {
  "randomization-pictures": {
    type: "number",
    nargs: 1,
    default: 10,
    describe: "Number of pictures for the metric randomization (the first ones)",
  },
  "randomization-steps": {
    type: "number",
    nargs: 1,
    default: 12,
    describe: "Number of steps of the metric randomization, spread over the layers",
  },
} as const satisfies Record<string, Options>;

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

/** How a run is executed; see `runOptions`. */
export interface ExecutionOptions {
  readonly out: string;
  readonly resume: boolean;
  readonly workers: number;
  readonly threads: number | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
  /** Leave out methods that refuse the network, as `all` does. */
  readonly tryAll?: boolean;
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

/** @throws UserError `usage` for invalid numbers */
export function checkCounts(args: {
  readonly limit?: number | undefined;
  readonly sample?: number | undefined;
  readonly workers: number;
  readonly randomization?: readonly number[];
}): void {
  const { limit, sample, workers, randomization = [] } = args;
  const counts = [
    ["limit", limit],
    ["workers", workers],
    ["randomization-pictures", randomization[0]],
    ["randomization-steps", randomization[1]],
  ] as const;
  for (const [name, value] of counts) {
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw new UserError("usage", `--${name} takes an integer of at least 1, not ${value}.`);
  }
  if (workers > 256) throw new UserError("usage", `--workers takes at most 256, not ${workers}.`);
  if (sample !== undefined && !Number.isInteger(sample))
    throw new UserError("usage", `--sample takes an integer, not ${sample}.`);
  if (sample !== undefined && limit === undefined)
    throw new UserError("usage", "--sample draws pictures at random; set their number with --limit.");
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
      (name in sharedOptions || name in blackBoxSettings || name === "labels") && !except.includes(name),
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
      return value === true ? [`--${name}`] : [`--${name}`, String(value)];
    });
}

export function shellLine(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function givenFor(args: RunArguments, name: string): unknown {
  return (args as unknown as Record<string, unknown>)[name];
}

function shown(value: unknown): string {
  return value === undefined || value === null ? "not given" : String(value);
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
