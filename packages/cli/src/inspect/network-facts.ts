/** How a network would be explained: what `inspect` shows beside what the file says of itself. */

import {
  type AxesSource,
  type BoxPort,
  type InputKind,
  type InputPort,
  type InspectedExplanation,
  inputKind,
  type OutputPort,
  type Problem,
  type UnknownPolicy,
} from "@onnx-lrp/core";

import type { GraphNode, OtherOutput } from "@onnx-lrp/core/internal";
import type { KnownNetwork } from "@onnx-lrp/network/internal";
import { lookUp } from "@onnx-lrp/onnx-loader/internal";
import type { Preprocess } from "@onnx-lrp/pictures";
import { countNames, countOperations, type FileFacts, type OperationCounts } from "./file-facts.ts";
import { type ProblemFacts, problemFacts } from "./problem-facts.ts";
import { type SaidFacts, type SourceFacts, saidFacts, sourceFacts } from "./said-facts.ts";

export interface NetworkFacts {
  readonly input: InputFacts;
  readonly preprocess: Preprocess & SourceFacts;
  /** Lowest and highest value of the input, one number per channel; null if nobody says. */
  readonly pixels: { readonly low: readonly number[]; readonly high: readonly number[] } | null;
  readonly head: HeadFacts;
  readonly said: SaidFacts;
  readonly method: string;
  readonly composite: string;
  /** The policy for operations that no rule covers, and the nodes that it gets over. */
  readonly unknown: { readonly policy: UnknownPolicy; readonly nodes: readonly string[] };
  readonly between: OperationCounts;
  /** Operations of the file that are gone, or have become others, before the relevance graph is built. */
  readonly folded: OperationCounts;
  readonly notes: readonly string[];
  /** Nodes by rule, the most frequent first. */
  readonly rules: Readonly<Record<string, number>>;
  readonly nodes: readonly NodeFacts[];
  readonly problems: readonly ProblemFacts[];
}

export interface InputFacts {
  readonly name: string;
  readonly type: string;
  /** What it is by its axes. */
  readonly kind: InputKind;
  /** One letter for each axis as the explanation model takes it, and why each is what it is. */
  readonly axes: string;
  readonly axesFrom: AxesSource["by"];
  readonly axesWhy: string;
  readonly layout: "nchw" | "nhwc";
  readonly channels: number;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  /** Whether the file leaves a size open, so that the network is looked at in one size of many. */
  readonly anySize: boolean;
  /** A fixed number of pictures a run, or the name of a dimension that takes any. */
  readonly batch: number | string;
  /** The dimension that the file's shape lacks. */
  readonly lacks: "batch" | "channel" | null;
}

interface HeadFacts {
  readonly output: string;
  readonly kind: string;
  /** The value that relevance starts from, and its sizes; "N" is the batch. */
  readonly logits: string;
  readonly shape: readonly (number | string)[];
  /** Whether there is one score per class, a single one, or one per class at each of several places. */
  readonly form: string;
  readonly classes: number;
  /** The axis of the shape that counts classes; null where there is none. */
  readonly classAxis: number | null;
  /** Who says what kind it is, and why. */
  readonly kindFrom: string;
  readonly kindWhy: string;
  /** Operations between the scores and the output, last first. */
  readonly through: readonly string[];
  /** Of a detector, how its boxes are laid out; null for others. */
  readonly boxes: BoxFacts | null;
  readonly others: readonly OtherOutput[];
}

interface BoxFacts {
  /** The kind of detector that has its boxes so. */
  readonly layout: string;
  readonly format: string;
  readonly unit: string;
  /** The class that stands for no object; null where there is none. */
  readonly background: number | null;
}

function headFacts({
  output,
  kind,
  logits,
  dims,
  form,
  classes,
  classAxis,
  kindSource,
  through,
  boxes,
  others,
}: OutputPort): HeadFacts {
  return {
    ...{
      output,
      kind,
      logits,
      shape: dims.map((size) => (typeof size === "number" ? size : "N")),
      form,
      classes,
    },
    ...{ classAxis: classAxis ?? null, kindFrom: kindSource.by, kindWhy: kindSource.why, through },
    boxes: boxes === undefined ? null : boxFacts(boxes),
    others,
  };
}

function boxFacts({ layout, format, unit, background }: BoxPort): BoxFacts {
  return { layout, format, unit, background: background ?? null };
}

/** A node between the picture and the logits. */
export interface NodeFacts {
  readonly name: string;
  readonly op: string;
  readonly role: string | null;
  readonly rule: string;
  /** Of its first output; "N" is a dimension that grows with the batch. null if unknown. */
  readonly shape: readonly (number | string)[] | null;
}

/** @param between the nodes between picture and logits, from `nodesBetween` */
export function networkFacts(
  file: FileFacts,
  network: KnownNetwork,
  { graph, record, notes, problems }: InspectedExplanation,
  between: readonly GraphNode[],
): NetworkFacts {
  const { picture, spec, specSource, pixels } = network;
  const { head } = graph;
  return {
    // The graph may have been made for one picture; the file says how many it takes.
    input: inputFacts(
      { ...graph.image, batch: picture.batch },
      picture.height === undefined || picture.width === undefined,
    ),
    preprocess: { ...spec, ...sourceFacts(specSource) },
    pixels: pixels ?? null,
    head: headFacts(head),
    said: saidFacts(network, head.classes),
    method: record.method,
    composite: record.composite,
    unknown: record.unknown,
    between: countOperations(between.map(({ node }) => node)),
    folded: fewer(file.operations, countOperations(graph.model.graph.nodes)),
    notes,
    rules: countNames(between.filter(({ kind }) => kind !== "problem").map(({ rule }) => rule)),
    nodes: between.map(({ name, op, role, rule, shape }) => ({
      name,
      op,
      role: role ?? null,
      rule,
      shape: shape ?? null,
    })),
    problems: inOrder(problems, between).map(problemFacts),
  };
}

/** Those of the network as a whole, then in the order of the forward pass. */
function inOrder(problems: readonly Problem[], between: readonly GraphNode[]): Problem[] {
  const places = new Map(between.map(({ node }, i) => [node, i]));
  const place = ({ node }: Problem) => (node === undefined ? -1 : (places.get(node) ?? 0));
  return [...problems].sort((a, b) => place(a) - place(b));
}

function inputFacts(image: InputPort, anySize: boolean): InputFacts {
  const { name, type, layout, channels, depth, height, width, batch, axesSource } = image;
  const [missing] = image.missingAxes;
  const lacks = missing === undefined ? null : missing === 0 ? "batch" : "channel";
  return {
    ...{ name, type, kind: inputKind(image), axes: image.axes.join("") },
    ...{ axesFrom: axesSource.by, axesWhy: axesSource.why },
    ...{ layout, channels, depth, height, width, anySize, batch, lacks },
  };
}

function fewer(before: OperationCounts, after: OperationCounts): OperationCounts {
  const gone = Object.entries(before).map(([op, count]) => [op, count - (lookUp(after, op) ?? 0)] as const);
  return Object.fromEntries(gone.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a));
}
