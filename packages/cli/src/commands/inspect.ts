import type { ConservationReport, InspectedExplanation } from "@onnx-lrp/core";
import {
  findModel,
  type InputFile,
  type KnownNetwork,
  listInputs,
  openExplainers,
  readInput,
} from "@onnx-lrp/network/internal";
import type { ModelFile } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { type Console, outJson } from "../console.ts";
import { errorText } from "../error-wording.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import type { Facts, TriedFacts } from "../inspect/facts.ts";
import { lookOf } from "../options/bands.ts";
import { withExamples } from "../options/examples.ts";
import { methodOptions } from "../options/method.ts";
import { modelOptions, withModel } from "../options/model.ts";
import { explanationOptions, openNetwork } from "../options/resolve.ts";
import { runtimeOption } from "../options/session.ts";

const options = {
  ...methodOptions,
  ...modelOptions,
  ...runtimeOption,
  size: {
    ...modelOptions.size,
    describe:
      "Size of inputs, if the network takes any: 224, 240x320 or DEPTHxHEIGHTxWIDTH [default: 224, or that of the input of --conservation]",
  },
  nodes: {
    type: "boolean",
    describe: "List every node between input and logits with its rule [default: if there are at most 60]",
  },
  svg: {
    type: "string",
    nargs: 1,
    describe: "Draw the relevance graph, nodes coloured by rule, into this SVG file",
  },
  conservation: {
    type: "string",
    describe:
      "A picture or array file (.npy, .npz): report what each node received and propagated for its most probable class",
  },
  try: {
    type: "string",
    nargs: 1,
    describe: "A picture: show what the network predicts under each preset of --preprocess",
  },
  json: { type: "boolean", default: false, describe: "Print one JSON document, and nothing else, on stdout" },
} as const satisfies Record<string, Options>;

type InspectArguments = InferredOptionTypes<typeof options> & { model: string };

export function inspectCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, InspectArguments> {
  return {
    command: "inspect <model>",
    describe: "Show what a network is, how it would be explained, and what blocks the explanation",
    builder: (argv) =>
      withExamples(withModel(argv).options(options), [
        ["inspect net.onnx", "input, head, operations, rules, what would fail and why"],
        ["inspect net.onnx --svg net.svg", "the relevance graph as a picture"],
        ["inspect net.onnx --try zebra.jpg", "which preprocessing the network was trained with"],
        ["inspect net.onnx --conservation zebra.jpg", "what each node received and propagated"],
      ]) as Argv<InspectArguments>,
    handler: async (args: ArgumentsCamelCase<InspectArguments>) => finish(await inspect(args, console)),
  };
}

async function inspect(args: InspectArguments, console: Console): Promise<number> {
  const { readModelFile } = await import("@onnx-lrp/node");
  const file = readModelFile(await findModel(args.model));
  const { facts, error, analysis } = await inspectFile(args, file);
  const { sayRuntime } = await import("@onnx-lrp/node/internal");
  sayRuntime(console.say);
  // Drawn first, since a reader of the page may close the pipe early.
  const drawn = args.svg !== undefined && analysis !== undefined;
  if (drawn) {
    const { drawGraph } = await import("../inspect/svg.ts");
    await drawGraph(args.svg, analysis, facts);
  }
  const { page } = await import("../inspect/page.ts");
  if (args.json) outJson(console, facts);
  else {
    const [name = "", verdictLine = "", ...rest] = page(facts, args.nodes);
    console.out(name, "heading");
    console.out(verdictLine, "heading");
    for (const line of rest) console.out(line);
  }
  if (drawn && !args.json) console.out(`  drawn       ${args.svg}`);
  return error === undefined ? exitCodes.success : exitCodeOf(error);
}

interface InspectResult {
  readonly facts: Facts;
  /** What blocks the explanation. */
  readonly error: UserError | undefined;
  /** undefined if no input or no class scores were found. */
  readonly analysis: InspectedExplanation | undefined;
}

async function inspectFile(args: InspectArguments, file: ModelFile): Promise<InspectResult> {
  const { fileFacts } = await import("../inspect/file-facts.ts");
  const { networkFacts } = await import("../inspect/network-facts.ts");
  const ofFile = { model: args.model, ...fileFacts(file) };
  try {
    const network = await openNetwork(args, file);
    const { analysis, conservation } = await analyze(args, network);
    const { nodesBetween } = await import("@onnx-lrp/core/internal");
    const { graph, problems } = analysis;
    const [problem] = problems;
    const facts: Facts = {
      ...ofFile,
      explained: problem === undefined,
      reason: problem === undefined ? null : errorText(problem.error),
      kind: problem?.error.kind ?? null,
      network: networkFacts(ofFile, network, analysis, nodesBetween(graph, problems)),
      tried: args.try === undefined ? null : await triedFacts(args, args.try, network, analysis),
      conservation: conservation ?? null,
    };
    return { facts, error: problem?.error, analysis };
  } catch (error) {
    if (!(error instanceof UserError) || !belongsOnPage(error)) throw error;
    const { kind } = error;
    const facts = {
      ...ofFile,
      explained: false,
      reason: errorText(error),
      kind,
      network: null,
      tried: null,
      conservation: null,
    };
    return { facts, error, analysis: undefined };
  }
}

/** Whether an error describes the network, or asks for a choice between its inputs or outputs, so that the page reports it. */
function belongsOnPage({ kind, remedies }: UserError): boolean {
  const choice = remedies.some(
    (remedy) => remedy.kind === "option" && (remedy.option === "input" || remedy.option === "output"),
  );
  return kind === "unsupported" || kind === "model" || choice;
}

interface Analysis {
  readonly analysis: InspectedExplanation;
  readonly conservation: ConservationReport | undefined;
}

async function analyze(args: InspectArguments, network: KnownNetwork): Promise<Analysis> {
  const node = await import("@onnx-lrp/node");
  const { runtime } = await import("@onnx-lrp/node/internal");
  const { inspectExplanation } = await import("@onnx-lrp/core");
  const chosen = await explanationOptions(args, network);
  const size = network.size ?? network.trainedSize?.value ?? usualSize(network);
  const plain = async (): Promise<Analysis> => ({
    analysis: await inspectExplanation(network.file.model, runtime, { ...chosen, size }),
    conservation: undefined,
  });
  if (args.conservation === undefined) return plain();
  const input = await onlyInput(args.conservation, node.isPictureFile);
  try {
    return await conserve(args, network, input);
  } catch (error) {
    // What blocks the explanation is reported as it is without a picture.
    if (error instanceof UserError && error.kind === "unsupported") return plain();
    throw error;
  }
}

/** Where the file leaves the size of pictures open, the network is looked at in the size that most are trained at. */
function usualSize({
  picture: { height, width },
}: KnownNetwork): { height: number; width: number } | undefined {
  if (height !== undefined && width !== undefined) return undefined;
  return { height: height ?? 224, width: width ?? 224 };
}

async function onlyInput(path: string, isPicture: (name: string) => boolean): Promise<InputFile> {
  const [input, ...others] = await listInputs([path], isPicture);
  if (input === undefined || others.length > 0) {
    throw new UserError("usage", `--conservation must be one picture or array file; "${path}" has several.`);
  }
  return input;
}

async function triedFacts(
  { output }: InspectArguments,
  path: string,
  network: KnownNetwork,
  { graph }: InspectedExplanation,
): Promise<readonly TriedFacts[]> {
  const { chooseLabels } = await import("@onnx-lrp/pictures/internal");
  const { tryPresetsOn } = await import("../try-presets.ts");
  const found = await tryPresetsOn(network, { path, kind: "picture" }, graph.image, { output });
  if (found === undefined) {
    throw new UserError(
      "usage",
      "--try is for networks that take pictures, and for a file with one picture.",
      {
        subject: { file: path, option: "try" },
      },
    );
  }
  const labels = chooseLabels(undefined, found.classes, network.description)?.value;
  return found.trials.map((trial) => ({ ...trial, label: labels?.[trial.class] ?? null }));
}

async function conserve(args: InspectArguments, network: KnownNetwork, input: InputFile): Promise<Analysis> {
  const chosen = { ...(await explanationOptions(args, network)), conservation: true };
  const explainers = await openExplainers(network, chosen, [input]);
  try {
    const { explainer, spec } = await explainers.for(input);
    const { prepared } = explainer;
    if (prepared === undefined) throw new Error(`${args.method} has no explanation model`);
    const { data } = await readInput(input, spec, explainer.image, lookOf({}, network));
    const [result] = await explainer.explain([data], [[-1]]);
    return { analysis: prepared.analysis, conservation: result?.conservation?.[0] };
  } finally {
    await explainers.release();
  }
}
