/** The page of `inspect`: the verdict first, then what the network is, what blocks the explanation, and its nodes. */
import type { ConservationReport } from "@onnx-lrp/core";
import { methodByName } from "@onnx-lrp/core/internal";
import { bytesText } from "@onnx-lrp/pictures/internal";
import { className, percent, shortNumber, table } from "../format.ts";
import type { Facts, TriedFacts } from "./facts.ts";
import type { FileFacts } from "./file-facts.ts";
import {
  inputText,
  labelsText,
  otherOutputs,
  preprocessText,
  scoresText,
  targetsText,
  trainedSizeText,
} from "./input-output-text.ts";
import type { NetworkFacts, NodeFacts } from "./network-facts.ts";
import { groupProblems, type ProblemFacts, waysOut } from "./problem-facts.ts";
import { verdict } from "./verdict.ts";
import { countText, listed, valueText, wrapped } from "./words.ts";

/** Of the page, at most; a terminal may be narrower. */
const widest = 110;
const narrowest = 60;

function width(): number {
  return Math.min(widest, Math.max(narrowest, process.stdout.columns ?? widest));
}

const label = 12;

/** Above this number of nodes their table is printed only with --nodes. */
const many = 60;

/** @param listNodes whether every node is listed; default only if there are not too many */
export function page(facts: Facts, listNodes: boolean | undefined): string[] {
  const { network, conservation } = facts;
  const lines = [facts.model, ...row("", verdict(facts)), "", ...fileRows(facts)];
  if (network === null) {
    return [
      ...lines,
      ...facts.inputs.flatMap((input) => row("input", valueText(input))),
      ...facts.outputs.flatMap((output) => row("output", valueText(output))),
      ...row("operations", listed(facts.operations)),
    ];
  }
  const list = conservation === null && (listNodes ?? network.nodes.length <= many);
  const hint = list || conservation !== null ? "" : " (node by node: --nodes; drawn: --svg FILE)";
  lines.push(...networkRows(facts, network, hint));
  if (facts.tried !== null) lines.push("", ...triedRows(facts.tried, network.preprocess.name));
  // The verdict reports what is wrong with the network as a whole.
  if (network.problems.some(({ node }) => node !== null)) lines.push("", ...problemRows(network.problems));
  if (conservation !== null) return [...lines, "", ...conservationRows(network, conservation)];
  return list ? [...lines, "", ...nodeRows(network)] : lines;
}

/** A label and its text, in as many lines as needed. */
function row(name: string, text: string): string[] {
  const indent = name === "" && text !== "" ? 2 : 2 + label;
  const [first = "", ...rest] = wrapped(text, width() - indent);
  if (text === "") return [];
  const start = name === "" ? `  ${first}` : `  ${name.padEnd(label)}${first}`;
  return [start, ...rest.map((line) => " ".repeat(indent) + line)];
}

function fileRows({
  producer,
  opset,
  opsets,
  irVersion,
  bytes,
  externalBytes,
  weights,
  operations,
}: FileFacts): string[] {
  // Some exporters list every domain they know.
  const used = (domain: string) => Object.keys(operations).some((name) => name.startsWith(`${domain}.`));
  const domains = Object.entries(opsets).filter(([domain]) => domain !== "" && used(domain));
  const versions = [
    `opset ${opset ?? "unknown"}`,
    ...domains.map(([domain, version]) => `${domain} ${version}`),
    `IR ${irVersion}`,
  ];
  const beside = externalBytes === 0 ? "" : `, and ${bytesText(externalBytes)} of weights in other files`;
  const whole = weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const formats = weights.filter(({ bytes }) => bytes >= 0.001 * whole);
  const rest = weights.length - formats.length;
  const shown = formats.map(
    ({ type, numbers, bytes }) => `${countText(numbers)} numbers in ${type} (${bytesText(bytes)})`,
  );
  const less =
    rest === 0 ? [] : [`less than ${bytesText(0.001 * whole * rest)} in ${otherTypes(weights, formats)}`];
  return [
    ...row(
      "file",
      `${producer === "" ? "unknown exporter" : producer}, ${versions.join(", ")}; ${bytesText(bytes)}${beside}`,
    ),
    ...row("weights", [...shown, ...less].join("; ")),
  ];
}

function otherTypes(all: FileFacts["weights"], shown: FileFacts["weights"]): string {
  return all
    .filter((format) => !shown.includes(format))
    .map(({ type }) => type)
    .join(", ");
}

function networkRows(facts: Facts, network: NetworkFacts, hint: string): string[] {
  const others = otherOutputs(facts, network);
  return [
    ...inputText(facts, network).flatMap((text, i) => row(i === 0 ? "input" : " ", text)),
    ...row("size", trainedSizeText(network) ?? ""),
    // Preprocessing is of bytes; whatever else there is comes as the network takes it.
    ...(network.pixels !== null ? row("preprocess", preprocessText(network)) : []),
    ...row("scores", scoresText(facts, network)),
    ...row("targets", targetsText(network) ?? ""),
    ...row("labels", labelsText(network) ?? ""),
    ...(others === undefined ? [] : row("others", others)),
    ...row("operations", `${listed(network.between)} (between input and logits)`),
    ...(Object.keys(network.folded).length === 0 ? [] : row("folded", listed(network.folded))),
    ...network.notes.flatMap((note) => row("changed", note)),
    ...network.said.unused.flatMap((sentence) => row("unused", sentence)),
    ...row("rules", `${listed(network.rules)}${hint}`),
  ];
}

/** How many nodes are named per reason. */
const named = 3;

function problemRows(problems: readonly ProblemFacts[]): string[] {
  const groups = groupProblems(problems).flatMap(({ op, reason, nodes }) => {
    if (op === null) return row("", reason);
    const count = nodes.length === 1 ? op : `${op}, ${nodes.length} nodes`;
    const more = nodes.length > named ? ` and ${nodes.length - named} more` : "";
    const names = wrapped(nodes.slice(0, named).join(", ") + more, width() - 4);
    return [...row("", `${count}: ${reason}`), ...names.map((line) => `    ${line}`)];
  });
  return ["Unsupported nodes:", ...groups, ...waysOut(problems).flatMap((way) => row("", way))];
}

function triedRows(tried: readonly TriedFacts[], present: string): string[] {
  const rows = [
    ["preset", "predicts", "probability", "sureness", ""],
    ...tried.map(({ preset, label, class: index, probability, sureness }) => [
      preset,
      className(label, index),
      percent(probability),
      sureness.toFixed(2),
      preset === present ? "<- current" : "",
    ]),
  ];
  return [
    "The picture under each preset of --preprocess:",
    ...table(rows, new Set([2, 3])).map((line) => `  ${line}`),
    ...row(
      "",
      "(Sureness: the mean probability over the picture and its mirror image, with the logits scaled to a usual spread.)",
    ),
  ];
}

function nodeRows({ nodes }: NetworkFacts): string[] {
  const rows = [
    ["node", "operation", "layer", "rule", "output"],
    ...nodes.map(({ name, op, role, rule, shape }) => [name, op, role ?? "", rule, made(shape)]),
  ];
  return ["From the input to the logits:", ...table(rows).map((line) => `  ${line}`)];
}

/** Without the batch. */
function made(shape: NodeFacts["shape"]): string {
  return shape?.slice(1).join(" x ") ?? "?";
}

function numbersOf(at: ConservationReport[number]): number[] {
  const { relevanceIn, relevanceOut, bias, stabilizer, zeroDenominator, otherInputs, constants } = at;
  return [relevanceIn, relevanceOut, bias, stabilizer, zeroDenominator, otherInputs, constants];
}

function conservationRows({ method, composite }: NetworkFacts, report: ConservationReport): string[] {
  const rows = [
    [
      "node",
      "operation",
      "rule",
      "received",
      "propagated",
      "bias",
      "stabilizer",
      "zero denom.",
      "other inputs",
      "constants",
    ],
    ...report.map((at) => [at.node ?? "", at.op, at.rule, ...numbersOf(at).map(shortNumber)]),
  ];
  const propagated = methodByName(method);
  const note =
    propagated.kind === "relevance" && propagated.seedSumsToZero
      ? "This method's seed sums to zero, so that the sums below are differences of large numbers; those of --method lrp are easier to read."
      : "";
  return [
    `${method}, ${composite}, from the logits to the input:`,
    ...(note === "" ? [] : row("", `(${note})`)),
    ...table(rows, new Set([3, 4, 5, 6, 7, 8, 9])).map((line) => `  ${line}`),
  ];
}
