import { join } from "node:path";
import type { Explainer, Explanation, ImageInput, PictureExplanation } from "@onnx-lrp/core";
import type { ModelFile, Picture, Preprocess } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { findModel } from "../find-model.ts";
import { percent, shortNumber } from "../format.ts";
import { type InputFile, listInputs, resultNames, slug } from "../inputs.ts";
import {
  embeddedLabels,
  explanationOptions,
  methodOptions,
  pixelsFor,
  preprocessFor,
  withModel,
} from "../options.ts";
import { startProgress } from "../progress.ts";
import { parseTargets } from "../targets.ts";

const options = {
  target: {
    type: "string",
    array: true,
    default: ["top"],
    describe: "Class to explain: top, top:K, an index, or a label's text; repeatable",
  },
  ...methodOptions,
  labels: {
    type: "string",
    describe:
      "Class names: a file, imagenet, or none [default: what the model says, else imagenet for 1000 classes]",
  },
  out: { type: "string", default: "explanations", describe: "Folder for the results" },
  npy: { type: "boolean", default: false, describe: "Also write each map as .npy, in the input's shape" },
  json: { type: "boolean", default: false, describe: "Print one JSON document, and nothing else, on stdout" },
  provider: {
    type: "string",
    default: "cpu",
    describe: "Execution provider of onnxruntime: cpu, cuda, ...; several with commas",
  },
  threads: { type: "number", describe: "Threads of onnxruntime [default: one a core]" },
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
      withModel(argv)
        .positional("inputs", {
          type: "string",
          array: true,
          demandOption: true,
          defaultDescription: "none",
          describe: "Pictures, folders of pictures, or .npy tensors exactly as the model takes them",
        })
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
        .example(
          "$0 explain net.onnx x.npy --preprocess caffe --json",
          "a tensor; a JSON document for a program",
        )
        .example(
          "$0 explain net.onnx zebra.jpg --method lrp --composite epsilon-plus",
          "another method and composite",
        ) as Argv<ExplainArguments>,
    handler: async (args: ArgumentsCamelCase<ExplainArguments>) => finish(await explain(args, console)),
  };
}

/** What is the same for every input of a run. */
interface Run {
  readonly args: ExplainArguments;
  readonly file: ModelFile;
  readonly explainer: Explainer;
  readonly spec: Preprocess;
  readonly labels: readonly string[] | undefined;
  readonly targets: readonly number[];
}

async function explain(args: ExplainArguments, console: Console): Promise<number> {
  const node = await import("@onnx-lrp/node");
  const { findImage } = await import("@onnx-lrp/core");
  const file = node.readModelFile(await findModel(args.model));
  const files = listInputs(args.inputs.map(String), node.isPictureFile);
  const image = findImage(file.model, args.input);
  const { spec, from } = await preprocessFor(args, file, image.channels);
  const pixels = await pixelsFor(args, spec, image.channels);
  const explainer = await node.openExplainer(file, {
    ...explanationOptions(args, pixels),
    providers: args.provider.split(","),
    threads: args.threads,
  });
  const { classes } = explainer.prepared.graph.head;
  const embedded = embeddedLabels(file);
  const labels = await node.labelsFor(args.labels, classes, embedded);
  const targets = parseTargets(args.target.map(String), classes, (query) =>
    node.findClass(query, labels, classes),
  );
  if (!args.json)
    sayGuesses(
      console,
      from,
      spec,
      args.labels === undefined && embedded === undefined && labels !== undefined,
    );

  const results = await explainAll({ args, file, explainer, spec, labels, targets }, files, console);
  await explainer.release();
  if (args.json) console.out(JSON.stringify(document(args, explainer, results.done), undefined, 2));
  return results.interrupted
    ? exitCodes.interrupted
    : results.failed > 0
      ? exitCodes.someInputsFailed
      : exitCodes.success;
}

function sayGuesses(
  console: Console,
  from: "option" | "model" | "guess",
  spec: Preprocess,
  guessedLabels: boolean,
): void {
  const guesses = [
    ...(from === "guess" ? [`pictures are preprocessed as "${spec.name}" (--preprocess)`] : []),
    ...(guessedLabels ? ["classes are named as ImageNet's (--labels)"] : []),
  ];
  if (guesses.length > 0) console.say(`The model does not say how it was trained: ${guesses.join(", ")}.`);
}

interface Results {
  readonly done: readonly InputResult[];
  readonly failed: number;
  readonly interrupted: boolean;
}

async function explainAll(run: Run, files: readonly InputFile[], console: Console): Promise<Results> {
  const names = resultNames(files);
  const progress = await startProgress(files.length);
  const done: InputResult[] = [];
  let failed = 0;
  let interrupted = false;
  const onInterrupt = () => {
    interrupted = true;
  };
  process.once("SIGINT", onInterrupt);
  try {
    for (const [i, input] of files.entries()) {
      try {
        const result = await explainOne(run, input, names[i] ?? "input");
        done.push(result);
        if (!run.args.json) for (const line of lines(result)) console.out(line);
      } catch (error) {
        if (!(error instanceof UserError) || error.kind !== "input") throw error;
        failed += 1;
        console.say(`onnx-lrp: ${error.message}`);
      }
      progress.step(input.path);
      // onnxruntime holds the thread while it runs; this lets a Ctrl-C through between two inputs.
      await new Promise((resolve) => setImmediate(resolve));
      if (interrupted) {
        console.say(
          `onnx-lrp: interrupted; ${done.length} of ${files.length} inputs were explained, and their results are whole.`,
        );
        break;
      }
    }
  } finally {
    process.removeListener("SIGINT", onInterrupt);
    progress.stop();
  }
  return { done, failed, interrupted };
}

interface ScoredClass {
  readonly class: number;
  readonly label: string | null;
  readonly probability: number;
  readonly logit: number;
}

interface TargetResult {
  readonly target: number;
  readonly label: string | null;
  readonly probability: number;
  readonly logit: number;
  readonly seedScale: number;
  readonly sum: number;
  readonly sumPositive: number;
  readonly png: string;
  readonly npy: string | null;
}

interface InputResult {
  readonly input: string;
  readonly figure: string;
  readonly top: readonly ScoredClass[];
  readonly explanations: readonly TargetResult[];
}

async function explainOne(run: Run, input: InputFile, name: string): Promise<InputResult> {
  const node = await import("@onnx-lrp/node");
  const { image } = run.explainer.prepared.graph;
  const { data, shown } =
    input.kind === "tensor"
      ? await tensorInput(run, input.path)
      : await pictureInput(run.spec, image, input.path);
  const [result] = await run.explainer.explain([data], [run.targets]);
  if (result === undefined) throw new UserError("run", `No result came back for "${input.path}".`);
  const seen = new Set<number>();
  const unique = result.explanations.filter(({ target }) => !seen.has(target) && seen.add(target));
  const explanations: TargetResult[] = [];
  for (const explanation of unique) explanations.push(await writeTarget(run, explanation, name));
  const figure = join(run.args.out, `${name}.${run.args.method}.png`);
  await node.writeFileWhole(figure, await drawFigure(run, input, unique, shown));
  return { input: input.path, figure, top: topClasses(result, run.labels), explanations };
}

async function pictureInput(
  spec: Preprocess,
  image: ImageInput,
  path: string,
): Promise<{ data: Float32Array; shown: Picture }> {
  const { decodeImage, preprocess } = await import("@onnx-lrp/node");
  const { width, height, layout, channels } = image;
  return preprocess(await decodeImage(path), spec, {
    width,
    height,
    layout,
    channels: channels === 1 ? 1 : 3,
  });
}

async function tensorInput(run: Run, path: string): Promise<{ data: Float32Array; shown: Picture }> {
  const { pictureOfTensor, readNpy } = await import("@onnx-lrp/node");
  const { graph, record } = run.explainer.prepared;
  const { shape, data } = await readNpy(path);
  const sizes = graph.image.dims.slice(1).map(Number);
  const bare = shape.length === sizes.length + 1 && shape[0] === 1 ? shape.slice(1) : shape;
  if (bare.length !== sizes.length || bare.some((size, axis) => size !== sizes[axis])) {
    throw new UserError(
      "input",
      `The array in "${path}" has the shape ${shape.join(" x ")}; the model takes 1 x ${sizes.join(" x ")}.`,
    );
  }
  const values =
    data instanceof Float32Array ? data : Float32Array.from(data as Iterable<number | bigint>, Number);
  const bounds = record.pixels ?? { low: [0, 0, 0], high: [1, 1, 1] };
  return { data: values, shown: pictureOfTensor(values, graph.image, bounds) };
}

function labelOf(labels: readonly string[] | undefined, target: number): string | null {
  return labels?.[target] ?? null;
}

/** The first of a label's synonyms, or the class's number. */
function shortLabel(labels: readonly string[] | undefined, target: number): string {
  return labels?.[target]?.split(",")[0] ?? `class ${target}`;
}

async function writeTarget(run: Run, explanation: Explanation, name: string): Promise<TargetResult> {
  const node = await import("@onnx-lrp/node");
  const { heatmapOf } = await import("@onnx-lrp/core");
  const { renderHeatmap } = await import("@onnx-lrp/report");
  const { image } = run.explainer.prepared.graph;
  const { relevance, target } = explanation;
  const stem = join(
    run.args.out,
    `${name}.${run.args.method}.${run.labels === undefined ? target : `${target}-${slug(shortLabel(run.labels, target))}`}`,
  );
  const png = `${stem}.png`;
  await node.writeFileWhole(png, await renderHeatmap(undefined, heatmapOf(relevance, image)));
  const npy = run.args.npy ? `${stem}.npy` : null;
  if (npy !== null)
    await node.writeFileWhole(npy, node.encodeNpy(relevance, [1, ...image.dims.slice(1).map(Number)]));
  return {
    target,
    label: labelOf(run.labels, target),
    probability: explanation.probability,
    logit: explanation.logit,
    seedScale: explanation.seedScale,
    sum: relevance.reduce((sum, value) => sum + value, 0),
    sumPositive: relevance.reduce((sum, value) => sum + Math.max(value, 0), 0),
    png,
    npy,
  };
}

async function drawFigure(
  run: Run,
  input: InputFile,
  explanations: readonly Explanation[],
  shown: Picture,
): Promise<Uint8Array> {
  const { heatmapOf } = await import("@onnx-lrp/core");
  const { renderFigure } = await import("@onnx-lrp/report");
  const { graph, record } = run.explainer.prepared;
  return renderFigure({
    picture: shown,
    title: `${input.path.split(/[\\/]/).at(-1) ?? input.path} · ${run.file.name}`,
    explanations: explanations.map(({ relevance, target, probability }) => ({
      heatmap: heatmapOf(relevance, graph.image),
      label: shortLabel(run.labels, target),
      probability,
    })),
    caption: `${record.method}, ${record.composite}`,
  });
}

function topClasses(
  { logits, probabilities }: PictureExplanation,
  labels: readonly string[] | undefined,
): ScoredClass[] {
  return Array.from(logits, (logit, index) => ({
    class: index,
    label: labelOf(labels, index),
    probability: probabilities[index] ?? 0,
    logit,
  }))
    .sort((a, b) => b.logit - a.logit)
    .slice(0, 5);
}

function lines({ input, figure, top, explanations }: InputResult): string[] {
  const name = (label: string | null, index: number) => label?.split(",")[0] ?? `class ${index}`;
  const guesses = top
    .slice(0, 3)
    .map((entry) => `${name(entry.label, entry.class)} ${percent(entry.probability)}`);
  return [
    input,
    `  sees       ${guesses.join(", ")}`,
    ...explanations.map(
      (e) =>
        `  explains   ${name(e.label, e.target)} (class ${e.target}, ${percent(e.probability)}, logit ${shortNumber(e.logit)}): ${e.png}`,
    ),
    `  picture    ${figure}`,
  ];
}

function document(args: ExplainArguments, { prepared }: Explainer, inputs: readonly InputResult[]): object {
  const { method, composite, parameters, pixels } = prepared.record;
  return {
    model: args.model,
    method,
    composite,
    options: { ...parameters, ...pixels, provider: args.provider },
    inputs,
  };
}
