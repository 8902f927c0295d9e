import { type ConservationReport, type PreparedExplanation, ruleTitle } from "@onnx-lrp/core";
import type { Preprocess } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { shortNumber, table } from "../format.ts";
import { openNetwork } from "../network.ts";
import { explanationOptions, methodOptions, withModel } from "../options.ts";
import { pictureInput } from "../picture-input.ts";

const options = {
  ...methodOptions,
  conservation: {
    type: "string",
    describe: "A picture or .npy tensor: report what each node got and handed on for its most probable class",
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
    describe: "Show how a network would be explained: input, head, and the rule at every node",
    builder: (argv) =>
      withModel(argv)
        .options(options)
        .example("$0 inspect net.onnx --composite epsilon-plus", "the rule at every node")
        .example(
          "$0 inspect net.onnx --conservation zebra.jpg",
          "what each node got and handed on",
        ) as Argv<InspectArguments>,
    handler: async (args: ArgumentsCamelCase<InspectArguments>) => finish(await inspect(args, console)),
  };
}

async function inspect(args: InspectArguments, console: Console): Promise<number> {
  const node = await import("@onnx-lrp/node");
  const { prepareExplanation } = await import("@onnx-lrp/core");
  const { file, spec, from, pixels } = await openNetwork(args);
  const chosen = explanationOptions(args, pixels);
  if (args.conservation === undefined) {
    const prepared = await prepareExplanation(file.model, node.runtime, chosen);
    report(console, args, prepared, file.model, { spec, from }, undefined);
    return exitCodes.success;
  }
  const explainer = await node.openExplainer(file, { ...chosen, conservation: true });
  const data = await inputTensor(args.conservation, spec, explainer.prepared);
  const [result] = await explainer.explain([data], [[-1]]);
  await explainer.release();
  report(console, args, explainer.prepared, file.model, { spec, from }, result?.conservation?.[0]);
  return exitCodes.success;
}

async function inputTensor(
  path: string,
  spec: Preprocess,
  { graph }: PreparedExplanation,
): Promise<Float32Array> {
  const node = await import("@onnx-lrp/node");
  if (!path.toLowerCase().endsWith(".npy")) return (await pictureInput(spec, graph.image, path)).data;
  const { data } = await node.readNpy(path);
  if (!(data instanceof Float32Array))
    throw new UserError("input", `The array in "${path}" must hold float32 numbers.`);
  return data;
}

interface Source {
  readonly producer: string;
  readonly producerVersion: string;
  readonly opsets: Readonly<Record<string, number>>;
}

function summary(
  prepared: PreparedExplanation,
  source: Source,
  preprocess: { spec: Preprocess; from: string },
  conservation: ConservationReport | undefined,
) {
  const { graph, record, notes } = prepared;
  const counts = new Map<string, number>();
  for (const { node } of graph.nodes) counts.set(node.op, (counts.get(node.op) ?? 0) + 1);
  const { image, head } = graph;
  return {
    producer: `${source.producer} ${source.producerVersion}`.trim(),
    opset: source.opsets[""] ?? null,
    input: {
      name: image.name,
      layout: image.layout,
      channels: image.channels,
      height: image.height,
      width: image.width,
      batch: image.batch,
    },
    head: { output: head.output, kind: head.kind, logits: head.logits, classes: head.classes },
    preprocess: { ...preprocess.spec, from: preprocess.from },
    method: record.method,
    composite: record.composite,
    operations: Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)),
    notes,
    nodes: graph.nodes.map((at) => ({
      name: at.node.name || (at.node.outputs[0] ?? ""),
      op: at.node.op,
      role: at.role ?? null,
      rule: ruleTitle(at),
    })),
    conservation: conservation ?? null,
  };
}

function report(
  console: Console,
  args: InspectArguments,
  prepared: PreparedExplanation,
  source: Source,
  preprocess: { spec: Preprocess; from: string },
  conservation: ConservationReport | undefined,
): void {
  const facts = { model: args.model, ...summary(prepared, source, preprocess, conservation) };
  if (args.json) {
    console.out(JSON.stringify(facts, undefined, 2));
    return;
  }
  const { input, head } = facts;
  const from = { option: "as you say", model: "as the model says", guess: "a guess" }[preprocess.from] ?? "";
  console.out(`${args.model}  (${facts.producer || "unknown exporter"}, opset ${facts.opset})`);
  console.out(
    `  input       ${input.name}: ${input.channels} channels, ${input.height} x ${input.width}, ${input.layout}, batch ${input.batch}`,
  );
  console.out(`  preprocess  ${preprocess.spec.name} (${from})`);
  console.out(
    `  head        ${head.output}: ${head.classes} classes, ${head.kind === "none" ? "logits" : `${head.kind} of ${head.logits}`}`,
  );
  console.out(
    `  operations  ${Object.entries(facts.operations)
      .map(([op, count]) => `${op} ${count}`)
      .join(", ")}`,
  );
  for (const note of facts.notes) console.out(`  changed     ${note}`);
  console.out("");
  console.out(`${facts.method}, ${facts.composite}, from the picture to the logits:`);
  if (conservation !== undefined && ["sglrp", "clrp"].includes(facts.method)) {
    console.out(
      "  (This method's seed sums to zero, so that sums are differences of large numbers; --method lrp has sums to follow.)",
    );
  }
  const rows = conservation === undefined ? nodeRows(facts.nodes) : conservationRows(conservation);
  for (const line of table(rows, conservation === undefined ? new Set() : new Set([3, 4, 5, 6, 7])))
    console.out(`  ${line}`);
}

function nodeRows(
  nodes: readonly { name: string; op: string; role: string | null; rule: string }[],
): string[][] {
  return [
    ["node", "operation", "layer", "rule"],
    ...nodes.map(({ name, op, role, rule }) => [name, op, role ?? "", rule]),
  ];
}

function conservationRows(report: ConservationReport): string[][] {
  const header = ["node", "operation", "rule", "received", "handed on", "bias", "stabilizer", "zero denom."];
  const rows = report.map((row) => [
    row.node ?? "",
    row.op,
    row.rule,
    ...[row.received, row.handedOn, row.bias, row.stabilizer, row.zeroDenominator].map(shortNumber),
  ]);
  return [header, ...rows];
}
