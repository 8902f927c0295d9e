/**
 * Takes off what a file does with its scores after they are made: names and ranks of classes, thresholds, maxima. What is
 * explained is the value before it; the rest of the graph then need not be understood.
 */
import {
  createTape,
  inputOf,
  type Model,
  type Node,
  textRemedy,
  UserError,
  type ValueInfo,
} from "@onnx-lrp/onnx-loader";
import {
  describeNode,
  lookUp,
  nodeSubject,
  producers,
  removeUnused,
  valueNames,
} from "@onnx-lrp/onnx-loader/internal";
import { isOp } from "../operators/traits.ts";
import {
  foundByNumbers,
  type SelectedValue,
  type SelectionView,
  secondStage,
  selectedValues,
  selects,
} from "./selection.ts";

/** An output of the file, and the value that its numbers were made from. */
export interface ScoreValue {
  /** The output by its name in the file, or the inner value that was asked for. */
  readonly output: string;
  readonly value: string;
  /** Operations between them, last first. */
  readonly through: readonly string[];
  /** Whether operations of ONNX-ML are among them. */
  readonly foreign?: boolean;
  /** Of an output that holds what was selected from more (selection.ts). */
  readonly selected?: Pick<SelectedValue, "all" | "sigmoid">;
}

export interface WithoutPostprocessing {
  readonly model: Model;
  /** One for each output of the file; only the one that was asked for, if one was. */
  readonly scores: readonly ScoreValue[];
}

/**
 * @param wanted an output by name, or any other value of the graph, behind which nothing is then needed
 * @throws UserError `usage` for a name that no value has, `unsupported` for detectors of two stages
 */
export function takeOffPostprocessing(model: Model, wanted?: string): WithoutPostprocessing {
  const { graph } = model;
  const made = producers(graph);
  const declared = graph.outputs.map(({ name }) => name);
  if (wanted !== undefined && !declared.includes(wanted)) {
    if (!made.has(wanted)) throw noSuchValue(wanted, declared);
    const cut = removeUnused({ ...graph, outputs: [{ name: wanted, type: undefined }] });
    return {
      model: { ...model, graph: cut },
      scores: [{ output: wanted, value: wanted, through: [] }],
    };
  }
  const constant = (value: string) =>
    value === "" || graph.initializers.has(value) || isConstant(made.get(value));
  const second = secondStage(graph);
  if (second !== undefined) throw twoStages(second);
  const tape = createTape(valueNames(graph), "all");
  const scores = declared.flatMap((output) => scoreValues(output, { graph, made, constant, tape }));
  const changed = scores.filter(({ output, value }) => output !== value);
  if (changed.length === 0) return { model, scores: chosen(scores, wanted) };
  // Lists and dictionaries that operations of ONNX-ML make are no tensors, and what is selected has no shape: neither could be
  // put out by a graph of relevance.
  const lost = new Set(
    changed.filter(({ foreign, selected }) => foreign || selected !== undefined).map(({ output }) => output),
  );
  const found = foundByNumbers(graph.nodes);
  const selecting = lost.size > 0 && changed.some(({ selected }) => selected !== undefined);
  const kept = graph.outputs.filter(({ name }) => !lost.has(name) && !(selecting && found.has(name)));
  const added = [...new Set(changed.flatMap(({ value, selected }) => [value, selected?.all ?? value]))]
    .filter((value) => !kept.some(({ name }) => name === value))
    .map((name): ValueInfo => ({ name, type: undefined }));
  const whole = {
    ...graph,
    nodes: [...graph.nodes, ...tape.nodes],
    initializers: new Map([...graph.initializers, ...tape.initializers]),
    outputs: [...kept, ...added],
  };
  return { model: { ...model, graph: removeUnused(whole) }, scores: chosen(scores, wanted) };
}

/** One; or of an output of several columns, such as boxes, scores and classes, one for each that was selected. */
function scoreValues(output: string, view: SelectionView): ScoreValue[] {
  const columns = selects(view.graph) ? selectedValues(output, view) : [];
  if (columns.length === 0) return [walkBack(output, view.made, view.constant)];
  return columns.map(({ value, through, all, sigmoid }) => ({
    ...{ output, value, through },
    selected: { all, sigmoid },
  }));
}

function chosen(scores: readonly ScoreValue[], wanted: string | undefined): readonly ScoreValue[] {
  return wanted === undefined ? scores : scores.filter(({ output }) => output === wanted);
}

function twoStages(node: Node): UserError {
  return new UserError(
    "unsupported",
    `The network is a detector of two stages: ${describeNode(node)} works on the boxes that NonMaxSuppression finds in the picture, whose number is known only then.`,
    {
      subject: nodeSubject(node),
      remedies: [
        { kind: "option", option: "output", note: "a value of the first stage" },
        textRemedy("export a detector of one stage"),
      ],
    },
  );
}

function noSuchValue(wanted: string, outputs: readonly string[]): UserError {
  return new UserError(
    "usage",
    `The model has no output "${wanted}", and no other value of that name. Its outputs: ${outputs.map((name) => `"${name}"`).join(", ")}.`,
    {
      subject: { option: "output", value: wanted },
      remedies: [{ kind: "inspect", nodes: true, purpose: "see the values of the network" }],
    },
  );
}

/** How an operation gets at what it makes: the index of the input that holds scores, or undefined where it is not known to. */
interface Step {
  readonly input: number;
  /** Whether what comes out can no longer be read as scores, so that what went in is what is explained. */
  readonly hides: boolean;
}

function walkBack(
  output: string,
  made: ReadonlyMap<string, Node>,
  constant: (value: string) => boolean,
): ScoreValue {
  let at = output;
  let value = output;
  let foreign = false;
  const passed: string[] = [];
  let through: readonly string[] = [];
  for (let node = made.get(at); node !== undefined; node = made.get(at)) {
    const step = stepOf(node, constant);
    if (step === undefined) break;
    at = inputOf(node, step.input);
    passed.push(node.op);
    foreign ||= node.domain !== "";
    if (step.hides) {
      value = at;
      through = [...passed];
    }
  }
  return { output, value, through, foreign };
}

const thresholds = ["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"];
const types = { integer: [2, 3, 4, 5, 6, 7, 12, 13], text: 8, truth: 9 };

function stepOf(node: Node, constant: (value: string) => boolean): Step | undefined {
  if (node.domain === "ai.onnx.ml") return lookUp(machineLearningSteps, node.op);
  if (isOp(node, "ArgMax", "TopK", "Round", "IsNaN", "Hardmax")) return { input: 0, hides: true };
  if (isOp(node, "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Transpose", "Not")) {
    return { input: 0, hides: false };
  }
  if (isOp(node, "Cast")) {
    const to = Number(node.attributes.get("to")?.value ?? 1);
    return { input: 0, hides: types.integer.includes(to) || to === types.text || to === types.truth };
  }
  if (isOp(node, ...thresholds) && node.inputs.length === 2) {
    const [a = "", b = ""] = node.inputs;
    if (constant(a) === constant(b)) return undefined;
    return { input: constant(a) ? 1 : 0, hides: true };
  }
  // Names of classes, looked up by an ArgMax.
  if (isOp(node, "Gather", "GatherElements", "GatherND") && constant(inputOf(node, 0))) {
    return { input: 1, hides: true };
  }
  return undefined;
}

const machineLearningSteps: Readonly<Record<string, Step>> = {
  ZipMap: { input: 0, hides: true },
  ArrayFeatureExtractor: { input: 1, hides: true },
  LabelEncoder: { input: 0, hides: true },
  Binarizer: { input: 0, hides: true },
};

function isConstant(node: Node | undefined): boolean {
  return node !== undefined && isOp(node, "Constant");
}
