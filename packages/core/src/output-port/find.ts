/** Finds the output port of a network in its canonical form. */
import { type Graph, inputOf, UserError } from "@onnx-lrp/onnx-loader";
import {
  constantReader,
  constantTensors,
  producers as producersOf,
  type Shapes,
  type Size,
} from "@onnx-lrp/onnx-loader/internal";
import { sameSize } from "../operators/size.ts";
import { isOp } from "../operators/traits.ts";
import { type FinalActivation, finalActivation, type GraphView } from "./activation.ts";
import type { Detector } from "./detector.ts";
import { formOf, type InputShape, layerBehind } from "./form.ts";
import { whyNumbers } from "./numbers.ts";
import {
  describeSizes,
  type HeadOption,
  headOptions,
  type OtherOutput,
  type OutputPort,
  type ScoreKind,
} from "./output-port.ts";
import type { ScoreValue } from "./postprocessing.ts";

export interface OutputOptions {
  /** The output with the scores, if the model has several, or any other value with real numbers. */
  readonly output?: string | undefined;
  /** How scores become probabilities, in place of what the graph shows: `score` for numbers that become none. */
  readonly head?: HeadOption | undefined;
  /** Labels that do not compete are to be rivals nevertheless, for methods that have rivals: default false. */
  readonly rivals?: boolean | undefined;
}

/** A network as the search for its scores sees it. */
export interface ScoredNetwork {
  readonly graph: Graph;
  readonly shapes: Shapes;
  /** The pictures of a run, by which an output with scores for each of them is known. */
  readonly batch: Size;
  readonly input: InputShape;
  /** The values that the file's outputs were made from; left out, the outputs themselves. */
  readonly scores?: readonly ScoreValue[] | undefined;
  /** Where the scores and boxes are, if the network is a detector. */
  readonly detector?: Detector | undefined;
}

type Candidate = Omit<OutputPort, "others">;

/**
 * Finds the scores: what goes into the terminal Softmax, LogSoftmax or Sigmoid where there is one, else the output itself.
 *
 * @throws UserError `unsupported` when no output holds scores of each picture, `usage` when several do and for options that
 * do not fit
 */
export function findOutputPort(
  network: ScoredNetwork,
  { output, head, rivals }: OutputOptions = {},
): OutputPort {
  const found = withHead(network, { output, head });
  return rivals === true ? withRivals(found) : found;
}

/** @throws UserError `usage` where there are no rivals */
function withRivals(port: OutputPort): OutputPort {
  if (port.kind === "sigmoid" && port.form !== "single" && port.classes > 1) return { ...port, rivals: true };
  const why =
    port.kind === "score"
      ? "its numbers are not scores of classes"
      : port.classes > 1
        ? "its classes compete anyway"
        : "it has one class";
  throw new UserError("usage", `The output "${port.output}" takes no rivals: ${why}.`, {
    subject: { option: "rivals" },
    remedies: [{ kind: "omit", option: "rivals" }],
  });
}

function withHead(network: ScoredNetwork, { output, head }: OutputOptions): OutputPort {
  if (head !== undefined && !headOptions.includes(head)) {
    throw new UserError("usage", `The option head must be one of ${headOptions.join(", ")}; got "${head}".`, {
      subject: { option: "head" },
    });
  }
  const { graph, shapes } = network;
  const declared =
    network.scores ?? graph.outputs.map(({ name }) => ({ output: name, value: name, through: [] }));
  const list = declared
    .map(({ output: name, value }) => `"${name}" (${describeSizes(shapes.get(value)?.dims)})`)
    .join(", ");
  const wanted = declared.filter(({ output: name }) => output === undefined || name === output);
  if (wanted.length === 0) {
    throw new UserError("usage", `The model has no output "${output}". It has: ${list}.`, {
      subject: { option: "output" },
    });
  }
  const view = viewOf(graph);
  const all = wanted
    .map((scores) => candidateOf(scores, network, view, head))
    .filter((candidate) => candidate !== undefined);
  const detector = wanted.some(({ output: name }) => name === network.detector?.output)
    ? detectorCandidate(network, head)
    : undefined;
  if (detector !== undefined) return { ...detector, others: othersOf(declared, all, detector, shapes) };
  const candidates = unlikeOnes(all);
  const best = Math.min(...candidates.map(preference));
  const [found, ...more] = candidates.filter((candidate) => preference(candidate) === best);
  if (found === undefined) throw noScores(list);
  if (more.length > 0) throw severalScores([found, ...more]);
  if (head === "softmax" && found.form === "single") throw softmaxOfOne(found);
  return { ...found, others: othersOf(declared, all, found, shapes) };
}

/** Numbers that are asked for as such are no boxes. */
function detectorCandidate(
  { detector, shapes }: ScoredNetwork,
  head: HeadOption | undefined,
): Candidate | undefined {
  if (detector === undefined || head === "score") return undefined;
  const dims = shapes.get(detector.logits)?.dims;
  if (dims === undefined) return undefined;
  const { output, logits, classAxis, boxes, own, through } = detector;
  return {
    ...{ output, logits, dims, form: "places", classAxis, boxes, own, through },
    classes: Number(dims[classAxis]),
    kind: head ?? detector.kind,
    kindSource: head === undefined ? detector.kindSource : { by: "option", why: `head is ${head}` },
  };
}

function noScores(list: string): UserError {
  return new UserError(
    "unsupported",
    `No output of the model has scores of each picture, real numbers in a known shape whose first axis is the pictures (such as N x 1000). It has: ${list}.`,
    { remedies: [{ kind: "option", option: "output", note: "any value of the network" }] },
  );
}

function severalScores(candidates: readonly Candidate[]): UserError {
  const described = candidates.map((candidate) => `"${candidate.output}" (${describeScores(candidate)})`);
  return new UserError(
    "usage",
    `The model has several outputs that could be explained: ${described.join(", ")}.`,
    {
      subject: { option: "output" },
      remedies: [{ kind: "option", option: "output", values: candidates.map(({ output }) => output) }],
    },
  );
}

function softmaxOfOne({ output }: Candidate): UserError {
  return new UserError(
    "usage",
    `The output "${output}" is one score for each picture, and the softmax of one number is always 1.`,
    {
      subject: { option: "head" },
      remedies: [{ kind: "option", option: "head", values: ["sigmoid", "score"] satisfies HeadOption[] }],
    },
  );
}

function viewOf(graph: Graph): GraphView {
  const producers = producersOf(graph);
  const tensors = constantTensors(graph);
  return { producers, numbers: constantReader(tensors), isConstant: (value) => tensors.has(value) };
}

function candidateOf(
  { output, value: last, through: taken }: ScoreValue,
  { shapes, batch, input }: ScoredNetwork,
  view: GraphView,
  head: HeadOption | undefined,
): Candidate | undefined {
  const maximum = beforeMaximum(last, view, shapes);
  const value = maximum ?? last;
  const through = maximum === undefined ? taken : [...taken, "ReduceMax"];
  const found = head === "score" ? undefined : finalActivation(value, view);
  for (const activation of found === undefined ? [undefined] : [found, undefined]) {
    const logits = activation === undefined ? value : unflattened(activation, view, { shapes, batch });
    const shape = shapes.get(logits);
    if (shape === undefined || !shape.type.includes("float")) continue;
    const layer = layerBehind(logits, view.producers);
    const hints = { batch, input, layer };
    const form = formOf(shape.dims, { ...hints, axis: activation?.axis });
    if (form === undefined) continue;
    // Scores at places that the network then reads as one list are elements of that list.
    if (activation !== undefined && form.form === "places" && listed(value, activation, shapes, hints))
      continue;
    const { kind, kindSource } = kindOf(output, value, activation, head, view);
    const lone = kind === "none" && form.form === "places" && form.classes === 1;
    return {
      ...{ output, logits, dims: shape.dims, ...form, kind: lone ? "sigmoid" : kind, kindSource },
      classes: form.form === "single" && kind !== "score" ? 2 : form.classes,
      own: activation?.altered && head === undefined ? value : undefined,
      through: [...through, ...(activation?.through ?? [])],
    };
  }
  return undefined;
}

/**
 * What goes into an activation; where that is made two-dimensional first, as the Softmax of old opsets does by itself, what is.
 * The last axis must be the same in both, so that a Softmax over it is one over classes.
 */
function unflattened(
  { logits, axis }: FinalActivation,
  { producers }: GraphView,
  { shapes, batch }: Pick<ScoredNetwork, "shapes" | "batch">,
): string {
  const node = producers.get(logits);
  if (node === undefined || !isOp(node, "Flatten", "Reshape")) return logits;
  const before = inputOf(node, 0);
  const [flat, whole] = [logits, before].map((value) => shapes.get(value)?.dims);
  if (flat?.length !== 2 || whole === undefined || whole.length <= 2) return logits;
  // A row for each picture is one answer for each.
  if ((axis !== -1 && axis !== 1) || (flat[0] !== undefined && sameSize(flat[0], batch))) return logits;
  const [classes, size] = [flat, whole].map((dims) => dims.at(-1));
  return typeof size === "number" && size > 1 && size === classes ? before : logits;
}

function listed(
  value: string,
  { through }: FinalActivation,
  shapes: Shapes,
  hints: Omit<Parameters<typeof formOf>[1], "axis">,
): boolean {
  const dims = shapes.get(value)?.dims;
  if (dims === undefined || !through.some((op) => ["Flatten", "Reshape", "Squeeze"].includes(op)))
    return false;
  return formOf(dims, { ...hints, axis: undefined })?.form === "classes";
}

/** What a maximum over classes is of, which is a confidence and no score by itself. */
function beforeMaximum(value: string, { producers }: GraphView, shapes: Shapes): string | undefined {
  const node = layerBehind(value, producers);
  if (node === undefined || !isOp(node, "ReduceMax")) return undefined;
  const before = inputOf(node, 0);
  const wide = (name: string) =>
    shapes.get(name)?.dims.filter((size) => typeof size === "number" && size > 1).length;
  return wide(value) === 0 && wide(before) === 1 ? before : undefined;
}

function kindOf(
  output: string,
  value: string,
  activation: FinalActivation | undefined,
  head: HeadOption | undefined,
  { producers }: GraphView,
): { readonly kind: ScoreKind; readonly kindSource: OutputPort["kindSource"] } {
  if (head !== undefined) {
    const kind = head === "softmax" && activation?.kind === "log-softmax" ? activation.kind : head;
    return { kind, kindSource: { by: "option", why: `head is ${head}` } };
  }
  if (activation !== undefined) {
    const names = { softmax: "a Softmax", "log-softmax": "a LogSoftmax", sigmoid: "a Sigmoid" };
    return {
      kind: activation.kind,
      kindSource: { by: "graph", why: `the network ends in ${names[activation.kind]}` },
    };
  }
  const why = whyNumbers(output, value, producers);
  if (why !== undefined) return { kind: "score", kindSource: { by: "guess", why } };
  return { kind: "none", kindSource: { by: "guess", why: "the network ends without a Softmax or Sigmoid" } };
}

/** Outputs that are made from the same scores are one: logits and their softmax, probabilities and the most probable class. */
function unlikeOnes(candidates: readonly Candidate[]): Candidate[] {
  const unlike = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const known = unlike.get(candidate.logits);
    const better =
      known === undefined || (known.kindSource.by === "guess" && candidate.kindSource.by === "graph");
    if (better) unlike.set(candidate.logits, candidate);
  }
  return [...unlike.values()];
}

/** Lower is more likely to be what is asked about. */
function preference({ form, kind }: Candidate): number {
  if (kind === "score") return 3;
  return { classes: 0, single: 1, places: 2 }[form];
}

function othersOf(
  declared: readonly ScoreValue[],
  candidates: readonly Candidate[],
  found: Candidate,
  shapes: Shapes,
): OtherOutput[] {
  return declared.flatMap(({ output, value, selected }) => {
    const candidate = candidates.find((one) => one.output === output);
    if (output === found.output || candidate?.logits === found.logits) return [];
    if (found.boxes !== undefined && (selected !== undefined || value === found.boxes.value)) return [];
    if (candidate !== undefined) return [{ output, what: describeScores(candidate) }];
    const shape = shapes.get(value);
    // The classes of boxes that were selected have no shape.
    if (shape === undefined && found.boxes !== undefined) return [];
    const what = shape === undefined ? "unknown shape" : `${shape.type}, ${describeSizes(shape.dims)}`;
    return [{ output, what }];
  });
}

/** What scores are, in a few words with their sizes. */
export function describeScores({ form, kind, classes, dims, boxes }: Omit<OutputPort, "others">): string {
  const sizes = describeSizes(dims);
  if (boxes !== undefined) return `boxes of ${classes} ${classes === 1 ? "class" : "classes"}, ${sizes}`;
  if (form === "single") return kind === "score" ? `one number, ${sizes}` : `one score, yes or no, ${sizes}`;
  if (kind === "score") return `numbers, ${sizes}`;
  const noun = kind === "sigmoid" ? ["label", "labels"] : ["class", "classes"];
  const what = `${classes} ${noun[classes === 1 ? 0 : 1]}`;
  return form === "classes" ? `${what}, ${sizes}` : `${what} at each place, ${sizes}`;
}
