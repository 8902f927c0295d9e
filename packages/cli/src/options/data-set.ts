/** Options of the commands that run over a data set. */
import { dataSetKinds } from "@onnx-lrp/evaluation/names";
import { randomizationCounts } from "@onnx-lrp/network/internal";
import type { Argv, Options } from "yargs";
import { commonMethodOptions, perturbationOptions } from "./method.ts";
import { labelsOption, modelOptions } from "./model.ts";
import { sessionOptions } from "./session.ts";

/** Options of a network and its methods, which other commands take too. */
export const sharedOptions = { ...commonMethodOptions, ...modelOptions };

/** Options that results depend on. */
export const resultOptions = {
  limit: { type: "number", nargs: 1, describe: "Maximum number of pictures [default: all]" },
  sample: {
    type: "number",
    nargs: 1,
    describe: "With --limit: draw the pictures at random with this seed [default: the first ones]",
  },
  kind: { choices: dataSetKinds, describe: "Format of the data set [default: detected from its files]" },
  "allow-outside": {
    type: "boolean",
    default: false,
    describe: "Lists may name files outside of their folder",
  },
  wnids: {
    type: "string",
    nargs: 1,
    describe: "File with the wnid of each class, one per line, in the network's order",
  },
  labels: labelsOption,
  ...sharedOptions,
  size: {
    ...sharedOptions.size,
    describe: "Size of inputs, if the network takes any: 224, 240x320 or DEPTHxHEIGHTxWIDTH [default: 224]",
  },
  ...perturbationOptions,
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
    default: randomizationCounts.pictures,
    describe: "Number of pictures for the metric randomization (the first ones)",
  },
  "randomization-steps": {
    type: "number",
    nargs: 1,
    default: randomizationCounts.steps,
    describe: "Number of steps of the metric randomization, spread over the layers",
  },
} as const satisfies Record<string, Options>;

/** Adds the data set, the second positional argument. */
export function withDataSet<T>(argv: Argv<T>): Argv<T & { dataset: string }> {
  return argv.positional("dataset", {
    type: "string",
    demandOption: true,
    describe:
      "A folder in the layout of ImageNet or VOC, a COCO JSON file, a CSV or JSON list of pictures, a folder with one of these, or scenes:N (N of the included scenes)",
  });
}
