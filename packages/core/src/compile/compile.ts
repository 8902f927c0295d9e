/**
 * Compiles a relevance graph to one ONNX model: the forward pass, the seeds, the relevance pass. Nothing is computed
 * here, and no weight is read; every transformation of weights is a node, which onnxruntime folds when it loads the
 * model.
 */
import {
  createTape,
  type Dim,
  exactSigmoid,
  int,
  type Model,
  type Tape,
  type TensorType,
  type ValueInfo,
  valueNames,
  withoutUnused,
} from "@onnx-lrp/onnx-loader";
import type { Method } from "../methods.ts";
import type { Emission } from "../operators/operator.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { createBounds, createPictureMask, type PixelBounds } from "./bounds.ts";
import { emitClassTargets } from "./class-targets.ts";
import { type ConservationPlan, emitConservation } from "./conservation.ts";
import { createForwardPass } from "./forward.ts";
import { createInputParts, createWeightParts } from "./layer-parts.ts";
import { type NodeAudit, propagate } from "./propagate.ts";
import { createTargetArithmetic } from "./targets.ts";

/** What the inputs and outputs that were added are called; a name that the model has already gets a number. */
export interface ExplanationNames {
  /** int64 [N, K]: a class, or -r for the r-th most probable one. */
  readonly targets: string;
  /** float32 [N, classes] */
  readonly logits: string;
  /** int64 [N, K]: the classes that `targets` stood for. */
  readonly targetClasses: string;
  /** float32 [N, K, ...input without N] */
  readonly relevance: string;
  /** float32 [N, K]: what the map is to be multiplied with to be the one of the method's definition. */
  readonly seedScale: string;
  /** float32 [N, K, nodes, 5], only where asked for (conservation.ts). */
  readonly conservation: string | undefined;
}

export interface CompileOptions {
  readonly method: Method;
  /** Needed by composites with the zbox rule. */
  readonly pixels: PixelBounds | undefined;
  /** The number of targets of every run; left out, any. */
  readonly targets?: number | undefined;
  /** Report what each node got and handed on. */
  readonly conservation?: boolean;
}

export interface CompiledExplanation {
  readonly model: Model;
  readonly names: ExplanationNames;
  readonly conservation: ConservationPlan | undefined;
}

export function compile(graph: RelevanceGraph, options: CompileOptions): CompiledExplanation {
  const { model, image, head } = graph;
  const own = model.graph;
  const tape = createTape(valueNames(own), "lrp");
  const forward = createForwardPass(own.nodes, tape.fresh);
  const targetsInput = tape.fresh("targets");
  const logits = emitLogits(tape, graph);

  const classTargets = emitClassTargets(tape, logits, targetsInput, head.classes);
  const count =
    options.targets === undefined
      ? tape.emit("Gather", [tape.emit("Shape", [targetsInput]), tape.ints([1])])
      : tape.ints([options.targets]);
  const targets = createTargetArithmetic(tape, count);
  const emission: Emission = { tape, targets, forwardOutput: forward.output };
  const { seed, scale } = options.method.seed(classTargets);
  const placed = tape.emit("Reshape", [seed, tape.ints([-1, ...head.dims.slice(1).map(Number)])]);

  const context = {
    emission,
    inputs: createInputParts(
      tape,
      graph.neverNegative,
      createBounds(tape, image, graph.prefix, graph.shapes, options.pixels),
      createPictureMask(tape, image, graph.prefix, graph.shapes),
    ),
    weightPart: createWeightParts(tape),
  };
  const audits: NodeAudit[] = [];
  let relevance = propagate(
    graph,
    context,
    placed,
    options.conservation ? (audit) => audits.push(audit) : undefined,
  );
  if (options.method.timesInput) {
    const pixels = asFloat(tape, image);
    relevance = targets.times(relevance, pixels, image.dims, image.dims);
  }

  const names: ExplanationNames = {
    targets: targetsInput,
    logits: output(tape, "logits", logits),
    targetClasses: output(tape, "target_classes", classTargets.targetClasses),
    relevance: output(
      tape,
      "relevance",
      imagesFirst(tape, targets.split(relevance, image.dims), image.dims.length),
    ),
    seedScale: output(tape, "seed_scale", emitScale(tape, scale, classTargets.targetClasses)),
    conservation: undefined,
  };
  const plan = options.conservation
    ? emitConservation(emission, audits, placed, batchSize(tape, image))
    : undefined;
  const conservation =
    plan === undefined ? undefined : output(tape, "conservation", imagesFirst(tape, plan.value, 3));
  const allNames = { ...names, conservation };
  const whole = assemble(graph, tape, forward.nodes(), allNames, plan, options.targets ?? "K");
  const outputs = new Set(whole.graph.outputs.map(({ name }) => name));
  return { model: exactSigmoid(whole, outputs).model, names: allNames, conservation: plan };
}

/** The picture as float32. */
function asFloat(tape: Tape, { name, type }: RelevanceGraph["image"]): string {
  return type === "float32" ? name : tape.emit("Cast", [name], { to: int(1) });
}

/** int64 [1]: the images of a run. */
function batchSize(tape: Tape, { name, batch }: RelevanceGraph["image"]): string {
  if (typeof batch === "number") return tape.ints([batch]);
  return tape.emit("Gather", [tape.emit("Shape", [name]), tape.ints([0])]);
}

/** [N, classes] */
function emitLogits(tape: Tape, { head }: RelevanceGraph): string {
  return head.dims.length === 2
    ? head.logits
    : tape.emit("Reshape", [head.logits, tape.ints([-1, head.classes])]);
}

/** [N, K], from [K, N, 1] or as ones. */
function emitScale(tape: Tape, scale: string | undefined, targetClasses: string): string {
  if (scale === undefined)
    return tape.emit("Expand", [tape.floats([1]), tape.emit("Shape", [targetClasses])]);
  return imagesFirst(tape, tape.emit("Squeeze", [scale, tape.ints([2])]), 1);
}

/** [K, N, ...] to [N, K, ...]. @param rank without K */
function imagesFirst(tape: Tape, value: string, rank: number): string {
  const perm = [1, 0, ...Array.from({ length: rank - 1 }, (_, i) => i + 2)].slice(0, rank + 1);
  return tape.emit("Transpose", [value], { perm: { kind: "ints", value: perm.map(BigInt) } });
}

/** Gives a value the name of an output, unless it is an output of that name already. */
function output(tape: Tape, wanted: string, value: string): string {
  if (value === wanted) return value;
  const name = tape.fresh(wanted);
  tape.nodes.push({
    op: "Identity",
    domain: "",
    name: tape.fresh(`lrp/${wanted}`),
    inputs: [value],
    outputs: [name],
    attributes: new Map(),
  });
  return name;
}

function assemble(
  { model, image, head }: RelevanceGraph,
  tape: Tape,
  forward: Model["graph"]["nodes"],
  names: ExplanationNames,
  plan: ConservationPlan | undefined,
  k: Dim,
): Model {
  const { graph } = model;
  const n = image.batch;
  const picture = image.dims.slice(1).map(Number);
  const float = (name: string, dims: TensorType["dims"]): ValueInfo => ({
    name,
    type: { type: "float32", dims },
  });
  const int64 = (name: string, dims: TensorType["dims"]): ValueInfo => ({
    name,
    type: { type: "int64", dims },
  });
  const added = [
    float(names.logits, [n, head.classes]),
    int64(names.targetClasses, [n, k]),
    float(names.relevance, [n, k, ...picture]),
    float(names.seedScale, [n, k]),
    ...(names.conservation === undefined || plan === undefined
      ? []
      : [float(names.conservation, [n, k, plan.rows.length, 5])]),
  ];
  const own = graph.outputs;
  return {
    ...model,
    irVersion: Math.max(model.irVersion, 8),
    graph: withoutUnused({
      ...graph,
      nodes: [...forward, ...tape.nodes],
      initializers: new Map([...graph.initializers, ...tape.initializers]),
      inputs: [...graph.inputs, int64(names.targets, [n, k])],
      outputs: [...own, ...added.filter(({ name }) => !own.some((other) => other.name === name))],
      valueInfo: graph.valueInfo.filter(({ name }) => graph.overridable.has(name)),
    }),
  };
}
