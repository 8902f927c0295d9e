import type { Explainer, PictureSize } from "@onnx-lrp/core";
import {
  answersOf,
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
import { capitalize, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Fact, Preprocess, Source, ViewOptions } from "@onnx-lrp/pictures";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { type Console, outJson } from "../console.ts";
import { errorText } from "../error-wording.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import {
  explainInput,
  type InputResult,
  numberName,
  type RunContext,
  rivalsNote,
  sumNote,
} from "../explain-input.ts";
import { className, percent, shortNumber } from "../format.ts";
import { sourceFacts } from "../inspect/said-facts.ts";
import { untilInterrupted } from "../interrupt.ts";
import { bandsOption, lookOf } from "../options/bands.ts";
import { methodOptions, perturbationOptions } from "../options/method.ts";
import { labelsOption, modelOptions, withInputs, withModel } from "../options/model.ts";
import { explanationOptions, openNetwork } from "../options/resolve.ts";
import { checkThreads, parseProviders, sessionOptions } from "../options/session.ts";
import { targetOptions, towardsOptions } from "../options/target.ts";
import { type Progress, startProgress } from "../progress.ts";
import { resultNames } from "../result-names.ts";
import { sourceText } from "../source-text.ts";

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
  bands: bandsOption,
  labels: labelsOption,
  out: { type: "string", default: "explanations", describe: "Folder for the results" },
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
      withInputs(withModel(argv))
        .options(options)
        .example("$0 explain squeezenet.onnx zebra.jpg", "the most probable class")
        .example(
          "$0 explain squeezenet.onnx zebra.jpg --target zebra --target 386",
          "two classes, by name and by index",
        )
        .example(
          "$0 explain net.onnx photos/ --target top:3 --out maps --npy",
          "a folder, three classes each, maps as arrays",
        )
        .example("$0 explain net.onnx x.npy --preprocess caffe --json", "an array as input; results as JSON")
        .example(
          "$0 explain net.onnx zebra.jpg --method lrp --composite epsilon-plus",
          "another method and composite",
        )
        .example(
          "$0 explain net.onnx zoo.jpg --target zebra --against elephant",
          "why a zebra and not an elephant",
        ) as Argv<ExplainArguments>,
    handler: async (args: ArgumentsCamelCase<ExplainArguments>) =>
      finish(await untilInterrupted((signal) => explain(args, console, signal))),
  };
}

async function explain(args: ExplainArguments, console: Console, signal: AbortSignal): Promise<number> {
  const node = await import("@onnx-lrp/node");
  const { labelsFor } = await import("@onnx-lrp/node/internal");
  const { findClass } = await import("@onnx-lrp/pictures");
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
  const find = (query: string) => findClass(query, labels, classes);
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
  const { policy, nodes } = explainer.record.unknown;
  if (nodes.length > 0 && !args.json) {
    const some = nodes.slice(0, 3).join(", ") + (nodes.length > 3 ? " and others" : "");
    console.say(
      `${nodes.length} node${nodes.length === 1 ? "" : "s"} without a rule ${nodes.length === 1 ? "was" : "were"} worked around with --unknown ${policy}: ${some}.`,
    );
  }
  const results = await explainAll(
    {
      out: args.out,
      npy: args.npy,
      file,
      explainers,
      look,
      labels,
      specSource,
      labelSource: names?.source,
      questions: filledQuestions(questions, countOf(explainer.head)),
      scale: args.scale === "shared" ? "shared" : "each",
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

/** @param specSource undefined where nothing is preprocessed */
function sayGuesses(
  console: Console,
  spec: Preprocess,
  specSource: Source | undefined,
  labelSource: Source | undefined,
): void {
  if (specSource?.from === "graph") {
    console.say(
      `The arithmetic at the network's input shows that it takes pixels from 0 to ${spec.name === "none" ? "255" : "1"} (--preprocess overrides this).`,
    );
  }
  const files = [
    ...(specSource?.from === "file" ? [`pictures are preprocessed as ${specSource.name} says`] : []),
    ...(labelSource?.from === "file" ? [`classes are named by ${labelSource.name}`] : []),
  ];
  if (files.length > 0) console.say(`${capitalize(files.join(", "))}.`);
  const guesses = [
    ...(specSource?.from === "guess"
      ? [`pictures are preprocessed as "${spec.name}" (--preprocess overrides this)`]
      : []),
    ...(labelSource?.from === "guess" ? ["classes are named as ImageNet's (--labels overrides this)"] : []),
  ];
  if (guesses.length > 0) console.say(`The model does not say how it was trained: ${guesses.join(", ")}.`);
}

/** Reports that the default composite starts with another rule, for an input without bounds. */
function sayComposite(console: Console, args: ExplainArguments, { image, record }: Explainer): void {
  const isDefault = args.composite === undefined && args.rules === undefined && record.composite === "zplus";
  if (!isDefault || record.pixels !== undefined) return;
  console.say(
    `The input "${image.name}" is not a picture of bytes: the first layer gets the rule zplus, not zbox (--low and --high give the bounds that zbox needs).`,
  );
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

/** Reports how scores are read where the network does not say, and the method that follows from it. */
function sayHead(
  console: Console,
  { method, head: wanted }: ExplainArguments,
  { head, record }: Explainer,
  labels: readonly string[] | undefined,
): void {
  if (head.kind === "none" && labels === undefined && wanted === undefined) {
    console.say(
      `The network does not say what its output "${head.output}" is: it is read as the logits of ${head.classes} classes (--head score reads it as numbers).`,
    );
  }
  if (head.kind === "score" && head.kindSource.by === "guess") {
    console.say(
      `The output "${head.output}" is read as numbers, since ${head.kindSource.why} (--head softmax or sigmoid reads it as scores of classes).`,
    );
  }
  if (method === undefined && record.method === "lrp") {
    const why = head.kind === "score" ? "the output is not scores of classes" : "classes do not compete";
    console.say(`The method is lrp: ${why}, so that there are no rivals for sglrp to subtract.`);
  }
  if (head.others.length > 0) {
    const others = head.others.slice(0, 4).map(({ output, what }) => `"${output}" (${what})`);
    const more = head.others.length > others.length ? ` and ${head.others.length - others.length} more` : "";
    console.say(
      `Explained is the output "${head.output}"; the network also has ${others.join(", ")}${more} (--output).`,
    );
  }
}

function saySize(console: Console, { value, source }: Fact<PictureSize>): void {
  console.say(
    `Pictures are resized to ${value.height} x ${value.width} pixels, ${sourceText(source, "--size")} (--size overrides this).`,
  );
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
            for (const line of lines(result, run.explainers.first.explainer)) console.out(line);
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
        console.say(`onnx-lrp: ${named}${text}`);
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

/** onnxruntime blocks the thread while it runs; this lets a Ctrl-C through between two inputs. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function lines(
  { input, item, figure, top, quantized, explanations }: InputResult,
  explainer: Explainer,
): string[] {
  const { head } = explainer;
  const { kind, boxes } = head;
  const numbered = (label: string | null, index: number) => numberName(head, label, index);
  const number = (value: number) => (kind === "score" ? shortNumber(value) : percent(value));
  const guesses = top.slice(0, 3).map((entry) => {
    if (entry.box !== undefined) return `${className(entry.label, entry.class)} ${number(entry.probability)}`;
    const where =
      entry.places === undefined ? "" : ` at ${entry.places} place${entry.places === 1 ? "" : "s"}`;
    const name = kind === "score" ? numbered(entry.label, entry.class) : className(entry.label, entry.class);
    return `${name} ${number(entry.probability)}${where}`;
  });
  return [
    item === null ? input : `${input} [${item}]`,
    ...(guesses.length === 0
      ? []
      : boxes !== undefined
        ? [
            `  finds      ${top.length} box${top.length === 1 ? "" : "es"}: ${guesses.join(", ")}${top.length > 3 ? ", ..." : ""}`,
          ]
        : [`  ${kind === "score" ? "gives   " : "predicts"}   ${guesses.join(", ")}`]),
    ...(quantized === null
      ? []
      : [
          `  quantized  the network in the file predicts ${className(quantized.label, quantized.class)} ${percent(quantized.probability)}; explained is its float equivalent, whose probabilities differ by up to ${percent(quantized.difference)}`,
        ]),
    ...explanations.flatMap((e) => [
      `  explains   ${kind === "score" ? (e.where ?? numbered(e.label, e.target)) : className(e.label, e.target)}${e.where === null || kind === "score" ? "" : ` ${e.where}`}${e.against === null ? "" : `, not ${className(e.against.label, e.against.class)}`} (${kind === "score" ? shortNumber(e.logit) : `${e.label === null ? "" : `class ${e.target}, `}${percent(e.probability)}, logit ${shortNumber(e.logit)}`}${boxText(e)}): ${e.png}`,
      ...underneath(explainer, e),
    ]),
    ...deltaLine(explanations),
    ...otherInputsLine(explanations),
    `  picture    ${figure}`,
  ];
}

/** Where a box is, and how much of its map lies inside. */
function boxText({ box }: InputResult["explanations"][number]): string {
  if (box === null) return "";
  const [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom].map(Math.round);
  const share =
    box.positiveShare === null ? "" : `, ${percent(box.positiveShare)} of the positive relevance inside`;
  return `, from ${left},${top} to ${right},${bottom}${share}`;
}

/** Whom a class was set against, or what the map sums to. */
function underneath(
  explainer: Explainer,
  { rivals, against, sum, logit }: InputResult["explanations"][number],
) {
  const text = rivalsNote(rivals) ?? (against === null ? sumNote(explainer, sum, logit) : undefined);
  return text === undefined ? [] : [`             ${text}`];
}

/** The convergence delta, for methods whose maps sum to the change of the logit. */
function deltaLine(explanations: InputResult["explanations"]): string[] {
  const deltas = explanations.flatMap(({ convergenceDelta }) =>
    convergenceDelta === null ? [] : [shortNumber(convergenceDelta)],
  );
  return deltas.length === 0
    ? []
    : [
        `  delta      ${deltas.join(", ")} logits between the sum of the map and the change of the logit from the baseline`,
      ];
}

/** What went to other inputs, beside what the map has: for each target, in the order of their lines. */
function otherInputsLine(explanations: InputResult["explanations"]): string[] {
  const sums = explanations.flatMap(({ sum, otherInputs }) =>
    otherInputs === null
      ? []
      : [
          [
            ...otherInputs.map(
              ({ inputs, relevance }) => `${inputs.join(" and ")} ${shortNumber(relevance)}`,
            ),
            `the map ${shortNumber(sum)}`,
          ].join(", "),
        ],
  );
  return sums.length === 0 ? [] : [`  relevance  ${sums.join("; ")}`];
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
