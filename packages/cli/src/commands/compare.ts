import { basename, resolve } from "node:path";
import {
  comparedMethods,
  compareMethods,
  comparisonCaption,
  comparisonTitle,
  type KnownNetwork,
  listInputs,
  type NamedMethod,
  type NetworkToCompare,
  parseMethods,
} from "@onnx-lrp/network/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { errorText } from "../error-wording.ts";
import { exitCodes } from "../exit-codes.ts";
import { percent } from "../format.ts";
import { bandsOption, lookOf } from "../options/bands.ts";
import { withExamples } from "../options/examples.ts";
import { commonMethodOptions, perturbationOptions } from "../options/method.ts";
import { labelsOption, modelOptions, withInputs, withModel } from "../options/model.ts";
import { fileIn, outHelp } from "../options/out.ts";
import { explanationOptions, openNetwork } from "../options/resolve.ts";
import { checkThreads, parseProviders, sessionOptions } from "../options/session.ts";
import { type Progress, startProgress } from "../progress.ts";

const options = {
  methods: {
    type: "string",
    array: true,
    default: [comparedMethods.join(",")],
    describe:
      "Columns: methods separated by commas, each optionally with a composite (sglrp:epsilon-plus); all for every method",
  },
  target: {
    type: "string",
    array: true,
    default: ["top"],
    describe: "Rows: top, top:K, an index, or a label; repeatable",
  },
  against: {
    type: "string",
    nargs: 1,
    describe: "Class to contrast the targets with, why these and not that: top, an index, or a label",
  },
  also: {
    type: "string",
    array: true,
    default: [],
    defaultDescription: "none",
    describe: "Another network to compare; repeatable",
  },
  view: { choices: ["overlay", "map"], default: "overlay", describe: "Maps over the picture, or alone" },
  scale: {
    choices: ["each", "row"],
    default: "each",
    describe: "Colour scale: one for each map, or one for each row",
  },
  ...commonMethodOptions,
  ...modelOptions,
  ...perturbationOptions,
  preprocess: {
    ...modelOptions.preprocess,
    describe: `${modelOptions.preprocess.describe}; for several networks: one for all, or one each, separated by commas`,
  },
  bands: bandsOption,
  labels: {
    ...labelsOption,
    describe: `${labelsOption.describe}; for several networks: one for all, or one each, separated by commas`,
  },
  out: {
    type: "string",
    default: "comparison",
    describe: `${outHelp} (.png or .html). They are comparison.png and the interactive page comparison.html`,
  },
  title: { type: "string", describe: "Heading [default: the network and the pictures]" },
  ...sessionOptions,
} as const satisfies Record<string, Options>;

type CompareArguments = InferredOptionTypes<typeof options> & { model: string; inputs: string[] };

export function compareCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, CompareArguments> {
  return {
    command: "compare <model> <inputs..>",
    describe: "Draw the maps of many methods side by side, as a picture and as a page",
    builder: (argv) =>
      withExamples(withInputs(withModel(argv, "methods")).options(options), [
        ["compare resnet scene.png --target top:2", "the paper's four methods"],
        ["compare net.onnx zoo.jpg --methods all --target zebra", "all methods"],
        [
          "compare a.onnx zoo.jpg --also b.onnx --preprocess imagenet,unit",
          "two networks, each with its own preprocessing",
        ],
      ]) as Argv<CompareArguments>,
    handler: async (args: ArgumentsCamelCase<CompareArguments>) => finish(await compare(args, console)),
  };
}

async function compare(args: CompareArguments, console: Console): Promise<number> {
  const node = await import("@onnx-lrp/node");
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  const methods = parseMethods(args.methods.map(String));
  const paths = [args.model, ...args.also.map(String)];
  const files = await listInputs(args.inputs.map(String), node.isPictureFile);
  const stem = fileIn(args.out, "comparison.png").replace(/\.(png|html)$/i, "");
  for (const { path } of files) {
    if (resolve(path) !== resolve(`${stem}.png`)) continue;
    throw new UserError("usage", `--out "${args.out}" would overwrite the picture "${path}".`, {
      subject: { file: path, option: "out" },
      remedies: [textRemedy("give another name")],
    });
  }
  const progress = await startProgress(paths.length * methods.length * files.length);
  const notes = new Set<string>();
  const task = {
    ...{ methods, files, lookOf: (network: KnownNetwork) => lookOf(args, network) },
    targets: args.target.map(String),
    against: args.against,
    onStep: (what: string) => progress.step(what),
    onNote: (note: string) => notes.add(note),
    reasonOf: errorText,
  };
  const networks = [];
  const opened = [];
  try {
    for (const [i, model] of paths.entries()) {
      const one = await openOne(args, model, i, paths.length, { console, progress });
      networks.push(await compareMethods(task, one));
      opened.push(one);
    }
  } finally {
    progress.stop();
  }
  const { methods: described } = await import("@onnx-lrp/core");
  const { renderComparison, renderComparisonPage } = await import("@onnx-lrp/report");
  const comparison = {
    title:
      args.title ??
      comparisonTitle(
        paths,
        files.map(({ path }) => path),
      ),
    caption: comparisonCaption(args, opened),
    methods: methods.map(({ name, method }) => ({ name, summary: described[method].summary })),
    networks,
  };
  const look = {
    view: args.view === "map" ? "map" : "overlay",
    scale: args.scale === "row" ? "row" : "each",
  } as const;
  await writeFileWhole(`${stem}.png`, await renderComparison(comparison, look));
  const page = await renderComparisonPage(comparison, look);
  await writeFileWhole(`${stem}.html`, new TextEncoder().encode(page));
  for (const note of notes) console.say(note);
  for (const { name, pictures } of networks) {
    for (const picture of pictures) {
      console.out(`${name}, ${picture.name}: ${picture.targets.map(rowText).join(", ")}`, "heading");
      for (const reason of refusals(methods, picture.targets[0]?.cells ?? [])) console.say(reason);
    }
  }
  console.out(`  picture    ${stem}.png`, "fact");
  console.out(`  page       ${stem}.html`, "fact");
  return exitCodes.success;
}

async function openOne(
  args: CompareArguments,
  model: string,
  index: number,
  count: number,
  { console, progress }: { readonly console: Console; readonly progress: Progress },
): Promise<NetworkToCompare> {
  const { labelsFor } = await import("@onnx-lrp/node/internal");
  const own = {
    ...args,
    model,
    method: "sglrp",
    composite: undefined,
    rules: undefined,
    preprocess: oneOf(args.preprocess, "--preprocess", index, count),
  } as const;
  const network = await openNetwork(own);
  const settings = await explanationOptions(own, network);
  const given = oneOf(args.labels, "--labels", index, count);
  return {
    name: basename(model),
    network,
    options: {
      ...settings,
      providers: parseProviders(args.provider),
      onFallback: console.say,
      onProgress: progress.passes,
      threads: checkThreads(args.threads),
    },
    labelsFor: (classes) => labelsFor(given, classes, network.description),
  };
}

/** One value for all networks, or one for each. */
function oneOf(text: string | undefined, option: string, index: number, count: number): string | undefined {
  if (text === undefined) return undefined;
  const values = text.split(",").map((value) => value.trim());
  if (values.length === 1) return values[0];
  if (values.length === count) return values[index] === "" ? undefined : values[index];
  throw new UserError(
    "usage",
    `${option} must be one value, or ${count}: one per network; "${text}" has ${values.length}.`,
  );
}

function refusals(
  methods: readonly NamedMethod[],
  cells: readonly { readonly kind: string; readonly reason?: string }[],
) {
  return cells.flatMap((cell, m) =>
    cell.kind === "refused" ? [`onnx-lrp: no map by ${methods[m]?.name}: ${cell.reason ?? ""}`] : [],
  );
}

/** The label and probability of a row. */
function rowText({
  label,
  probability,
}: {
  readonly label: string;
  readonly probability?: number | undefined;
}): string {
  return probability === undefined ? label : `${label} ${percent(probability)}`;
}
