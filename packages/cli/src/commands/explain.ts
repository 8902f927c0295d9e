import type { Explainer, PictureSize } from "@onnx-lrp/core";
import {
  answersOf,
  breath,
  classFinder,
  type Explainers,
  filledQuestions,
  type InputFile,
  type KnownNetwork,
  listInputs,
  openExplainers,
  readInput,
  readQuestions,
  readTowards,
  targetCountOf,
} from "@onnx-lrp/network/internal";
import type { FileScorerOptions } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Source, ViewOptions } from "@onnx-lrp/pictures";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { type Console, outJson, outResult } from "../console.ts";
import { errorText } from "../error-wording.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { sayComposite, sayGuesses, sayHead, saySize, sayWorkarounds } from "../explain/announcements.ts";
import { explainInput } from "../explain/explain-input.ts";
import { lines } from "../explain/lines.ts";
import type { InputResult } from "../explain/results.ts";
import type { RunContext } from "../explain/run-context.ts";
import { sourceFacts } from "../inspect/said-facts.ts";
import { untilInterrupted } from "../interrupt.ts";
import { bandsOption, lookOf } from "../options/bands.ts";
import { withExamples } from "../options/examples.ts";
import { methodOptions, perturbationOptions } from "../options/method.ts";
import { labelsOption, modelOptions, withInputs, withModel } from "../options/model.ts";
import { folderAt } from "../options/out.ts";
import { explanationOptions, openNetwork } from "../options/resolve.ts";
import { checkThreads, parseProviders, sessionOptions } from "../options/session.ts";
import { targetOptions, towardsOptions } from "../options/target.ts";
import { type Progress, startProgress } from "../progress.ts";
import { resultNames } from "../result-names.ts";

const options = {
  ...targetOptions,
  ...towardsOptions,
  ...methodOptions,
  ...modelOptions,
  ...perturbationOptions,
  scale: {
    choices: ["each", "shared"],
    default: "each",
    describe: "Colour scale of the figure: one for each map, or one shared by all targets",
  },
  backdrop: {
    choices: ["grey", "colour"],
    default: "grey",
    describe: "The picture under the map in the figure: in grey, or in its own colours",
  },
  bands: bandsOption,
  labels: labelsOption,
  out: { type: "string", default: "explanations", describe: "Folder for the results, made if it is missing" },
  npy: { type: "boolean", default: false, describe: "Also write each map as .npy, in the input's shape" },
  json: { type: "boolean", default: false, describe: "Print one JSON document, and nothing else, on stdout" },
  ...sessionOptions,
} as const satisfies Record<string, Options>;

type ExplainArguments = InferredOptionTypes<typeof options> & { model: string; inputs: string[] };

export function explainCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, ExplainArguments> {
  return {
    command: "explain <model> <inputs..>",
    describe: "Show which pixels speak for a class, and which for its rivals",
    builder: (argv) =>
      withExamples(withInputs(withModel(argv)).options(options), [
        ["explain squeezenet.onnx zebra.jpg", "the most probable class"],
        [
          "explain squeezenet.onnx zebra.jpg --target zebra --target 386",
          "two classes, by name and by index",
        ],
        [
          "explain net.onnx photos/ --target top:3 --out maps --npy",
          "a folder, three classes each, maps as arrays",
        ],
        ["explain net.onnx x.npy --preprocess caffe --json", "an array as input; results as JSON"],
        ["explain net.onnx zebra.jpg --method lrp --composite epsilon-plus", "another method and composite"],
        ["explain net.onnx zoo.jpg --target zebra --against elephant", "why a zebra and not an elephant"],
      ]) as Argv<ExplainArguments>,
    handler: async (args: ArgumentsCamelCase<ExplainArguments>) =>
      finish(await untilInterrupted((signal) => explain(args, console, signal))),
  };
}

async function explain(args: ExplainArguments, console: Console, signal: AbortSignal): Promise<number> {
  const out = folderAt(args.out);
  const node = await import("@onnx-lrp/node");
  const { labelsFor } = await import("@onnx-lrp/node/internal");
  const network = await openNetwork(args);
  const look = lookOf(args, network);
  const { file, spec, specSource, trainedSize } = network;
  const files = await listInputs(args.inputs.map(String), node.isPictureFile);
  const likeness = args.towards !== undefined;
  const wanted = args.target?.map(String);
  const countOf = (head: Explainer["head"]) => (likeness ? 1 : targetCountOf(wanted, head));
  const progress = await startProgress(files.length);
  const session = { providers: parseProviders(args.provider), threads: checkThreads(args.threads) };
  const explainers = await openExplainers(
    network,
    {
      onProgress(done, total) {
        signal.throwIfAborted();
        progress.passes(done, total);
      },
      ...(await explanationOptions(args, network)),
      ...(likeness ? likenessOptions(args) : {}),
      contrast: args.against !== undefined,
      targetCount: countOf,
      onFallback: console.say,
      ...session,
    },
    files,
  );
  const { explainer } = explainers.first;
  const { classes } = explainer.head;
  const names = await labelsFor(args.labels, classes, network.description);
  const labels = names?.value ?? answersOf(explainer.head);
  const find = await classFinder(labels, classes);
  const asked = { targets: wanted, against: args.against };
  const questions =
    args.towards === undefined
      ? await readQuestions(asked, explainer, find)
      : await readTowards(args.towards, args.likeness, explainer, (path) =>
          readPictureOf(path, explainers, look),
        );
  if (!args.json) {
    const pictures = files.some(({ kind }) => kind === "picture");
    sayGuesses(console, spec, pictures ? specSource : undefined, names?.source);
    if (pictures && trainedSize !== undefined) saySize(console, trainedSize);
  }
  const surer = await surerPresetFor(args, network, explainer.image, files, labels, session);
  if (surer !== undefined && !args.json) console.say(surer);
  if (!args.json) {
    sayComposite(console, args, explainer);
    sayHead(console, args, explainer, labels);
  }
  if (!args.json) sayWorkarounds(console, explainer);
  const results = await explainAll(
    {
      out,
      npy: args.npy,
      file,
      explainers,
      look,
      labels,
      specSource,
      labelSource: names?.source,
      questions: filledQuestions(questions, countOf(explainer.head)),
      scale: args.scale === "shared" ? "shared" : "each",
      backdrop: args.backdrop === "colour" ? "colour" : "grey",
    },
    files,
    { json: args.json, console, progress, signal },
  );
  await explainers.release();
  if (args.json)
    outJson(console, document(args, explainer, network, { labelSource: names?.source, surer }, results.done));
  return results.interrupted ? exitCodes.interrupted : results.code;
}

/** If the preprocessing is a guess: a sentence on a preset with which the network is much surer of the first picture. */
async function surerPresetFor(
  { output }: ExplainArguments,
  network: KnownNetwork,
  size: PictureSize,
  files: readonly InputFile[],
  labels: readonly string[] | undefined,
  session: Pick<FileScorerOptions, "providers" | "threads">,
): Promise<string | undefined> {
  const first = files.find(({ kind }) => kind === "picture");
  if (network.specSource.from !== "guess" || first === undefined) return undefined;
  const { surerSentence, tryPresetsOn, unlessInputFails } = await import("../try-presets.ts");
  const trials = await unlessInputFails(() => tryPresetsOn(network, first, size, { output, ...session }));
  return trials && (await surerSentence(trials, network.spec.name, labels));
}

/** Likeness is asked with weights, and has no rivals. @throws UserError `usage` for methods and targets that need classes */
function likenessOptions({ method, target, against }: ExplainArguments) {
  const classes = (target ?? []).some((text) => String(text) !== "top");
  if (classes || against !== undefined) {
    throw new UserError("usage", "A likeness is explained in place of a class, and cannot go with one.", {
      subject: { option: "towards" },
      remedies: [{ kind: "omit", option: classes ? "target" : "against" }],
    });
  }
  if (method === "sglrp" || method === "clrp" || method === "clrp-gu") {
    throw new UserError(
      "usage",
      `The method ${method} sets a class against its rivals, and a likeness has none.`,
      {
        subject: { option: "method" },
        remedies: [{ kind: "option", option: "method", values: ["lrp"] }],
      },
    );
  }
  return { method: method ?? ("lrp" as const), targetForm: "weights" as const };
}

/** One picture as the network takes it. */
async function readPictureOf(path: string, explainers: Explainers, look: ViewOptions): Promise<Float32Array> {
  const { isPictureFile } = await import("@onnx-lrp/node");
  const [input] = await listInputs([path], isPictureFile);
  if (input === undefined) throw new UserError("input", `There is no picture "${path}".`);
  const { explainer, spec } = await explainers.for(input);
  return (await readInput(input, spec, explainer.image, look)).data;
}

interface Reporting {
  readonly json: boolean;
  readonly console: Console;
  readonly progress: Progress;
  /** Says that the user wants an end. */
  readonly signal: AbortSignal;
}

interface Results {
  readonly done: readonly InputResult[];
  /** Success, or the highest exit code of an input that failed. */
  readonly code: number;
  readonly interrupted: boolean;
}

async function explainAll(
  run: RunContext,
  files: readonly InputFile[],
  { json, console, progress, signal }: Reporting,
): Promise<Results> {
  const names = resultNames(files);
  const done: InputResult[] = [];
  let code: number = exitCodes.success;
  try {
    for (const [i, input] of files.entries()) {
      try {
        for await (const result of explainInput(run, input, names[i] ?? "input")) {
          done.push(result);
          if (!json) {
            for (const note of result.notes) console.say(note);
            outResult(console, lines(result, run.explainers.first.explainer));
          }
          await breath();
          if (signal.aborted) break;
        }
      } catch (error) {
        if (signal.aborted && error === signal.reason) break;
        if (!(error instanceof UserError) || !concernsInput(error, files.length)) throw error;
        code = Math.max(code, exitCodeOf(error));
        const text = errorText(error);
        const named = text.includes(input.path) ? "" : `"${input.path}": `;
        console.say(`onnx-lrp: ${named}${text}`, "error");
      }
      progress.step(input.path);
      await breath();
      if (signal.aborted) break;
    }
  } finally {
    progress.stop();
  }
  if (signal.aborted) {
    console.say(
      `onnx-lrp: interrupted; ${done.length} of ${files.length} inputs were explained, and their results are complete.`,
    );
  }
  return { done, code, interrupted: signal.aborted };
}

/** Of several inputs one may lack the box that is asked for. */
function concernsInput({ kind, subject }: UserError, inputs: number): boolean {
  return (
    kind === "input" || kind === "scores" || (inputs > 1 && kind === "usage" && subject.option === "target")
  );
}

function document(
  args: ExplainArguments,
  { record }: Explainer,
  { spec, specSource }: KnownNetwork,
  { labelSource, surer }: { readonly labelSource: Source | undefined; readonly surer: string | undefined },
  inputs: readonly InputResult[],
): object {
  const { method, composite, parameters, pixels, unknown, settings } = record;
  return {
    model: args.model,
    method,
    composite,
    preprocess: { name: spec.name, ...sourceFacts(specSource), hint: surer ?? null },
    labels: labelSource === undefined ? null : sourceFacts(labelSource),
    options: { ...parameters, ...pixels, ...settings, unknown, provider: args.provider },
    inputs,
  };
}
