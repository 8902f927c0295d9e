/**
 * Compiles a relevance graph to one ONNX model: the forward pass, the seeds, the relevance pass. Nothing is computed
 * here, and no weight is read; every transformation of weights is a node, which onnxruntime folds when it loads the
 * model.
 */
import { createTape, exactSigmoid, int, type Model, type Tape, valueNames } from "@onnx-lrp/onnx-loader";
import type { MapShape } from "../heatmap.ts";
import type { InputPort } from "../input-port/input-port.ts";
import type { EmitContext } from "../operators/operator.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { PixelBounds } from "../relevance-graph/pixel-bounds.ts";
import { type EmittedSeed, oneHot, type SeedContext } from "../seeds/index.ts";
import { assemble } from "./assemble.ts";
import { type BaselinePass, createBaselinePass } from "./baseline-pass.ts";
import { emitAgainst, emitClassTargets } from "./class-targets.ts";
import { type ConservationPlan, emitConservation } from "./conservation.ts";
import { emitMap, type MapContext } from "./emit-map.ts";
import type { ExplanationNames } from "./explanation-names.ts";
import { createForwardPass } from "./forward.ts";
import { emitSamples, logitsOfImages, repeatSeed } from "./maps/sample-batch.ts";
import { createPerTarget } from "./per-target.ts";
import type { NodeAudit } from "./propagate.ts";

export interface CompileOptions {
  /** Needed by composites with the zbox rule. */
  readonly pixels: PixelBounds | undefined;
  /** The number of targets of every run; left out, any. */
  readonly targets?: number | undefined;
  /** Each target is held against another class: the seed is e_t - e_a in place of the method's own. */
  readonly contrast?: boolean | undefined;
  /** Report what each node got and handed on. */
  readonly conservation?: boolean;
}

export interface CompiledExplanation {
  readonly model: Model;
  readonly names: ExplanationNames;
  /** Shape of a map without picture and target. */
  readonly map: MapShape;
  readonly conservation: ConservationPlan | undefined;
}

/** @param graph from the logits back to the picture, to the samples, or to a layer */
export function compile(graph: RelevanceGraph, plan: MapPlan, options: CompileOptions): CompiledExplanation {
  const { model, image: inner, head } = graph;
  const image = "modelInput" in plan ? plan.modelInput : inner;
  const own = model.graph;
  const tape = createTape(valueNames(own), "lrp");
  const targetsInput = tape.fresh("targets");
  const againstInput = options.contrast ? tape.fresh("against") : undefined;
  const picture = asFloat(tape, image);
  const samples = "samples" in plan ? emitSamples(tape, image, picture, plan.samples) : undefined;
  const baseline = "baseline" in plan ? emitBaseline(tape, graph, picture, plan.baseline) : undefined;
  const before = tape.nodes.splice(0);
  const ownNodes =
    samples === undefined ? own.nodes : [...renamed(samples.sampleBatch, inner.name), ...own.nodes];
  const forward = createForwardPass([...ownNodes, ...(baseline?.nodes ?? [])], tape.fresh);

  const whole = emitLogits(tape, graph);
  const logits = samples === undefined ? whole : logitsOfImages(tape, whole, batchSize(tape, image));
  const classTargets = emitClassTargets(tape, logits, targetsInput, head.classes);
  const seed = emitSeed(tape, plan, classTargets, againstInput);
  const count =
    options.targets === undefined
      ? tape.emit("Gather", [tape.emit("Shape", [targetsInput]), tape.ints([1])])
      : tape.ints([options.targets]);
  const twice = seed.rivals === undefined ? count : tape.emit("Mul", [count, tape.ints([2])]);
  const targets = createPerTarget(tape, twice);
  const emission: EmitContext = { tape, perTarget: targets, forwardOutput: forward.output };
  const { pixels } = options;
  const context: MapContext = {
    ...{ graph, tape, emission, picture, pixels, baseline },
    perTargetOnly: seed.rivals === undefined ? targets : createPerTarget(tape, count),
    placed: (value) =>
      tape.emit("Reshape", [
        samples === undefined ? value : repeatSeed(tape, value, samples, head.classes),
        tape.ints([-1, ...head.dims.slice(1).map(Number)]),
      ]),
  };
  const placed = context.placed(
    seed.rivals === undefined
      ? seed.seed
      : tape.emit("Concat", [seed.seed, seed.rivals.seed], { axis: int(0) }),
  );
  const audits: NodeAudit[] = [];
  const audit = options.conservation ? (at: NodeAudit) => audits.push(at) : undefined;
  const made = emitMap(context, plan, placed, seed, samples, audit);

  const rank = 4;
  const names: ExplanationNames = {
    targets: targetsInput,
    against: againstInput,
    logits: output(tape, "logits", logits),
    targetClasses: output(tape, "target_classes", classTargets.targetClasses),
    relevance: output(tape, "relevance", imagesFirst(tape, made.value, rank)),
    seedScale: output(tape, "seed_scale", emitScale(tape, seed.scale, classTargets.targetClasses)),
    mean:
      made.mean === undefined ? undefined : output(tape, "mean_gradient", imagesFirst(tape, made.mean, rank)),
    samples: samples?.names,
    conservation: undefined,
  };
  const conserved = options.conservation
    ? emitConservation(emission, audits, placed, batchSize(tape, image))
    : undefined;
  const conservation =
    conserved === undefined ? undefined : output(tape, "conservation", imagesFirst(tape, conserved.value, 3));
  const allNames = { ...names, conservation };
  const nodes = [...before, ...forward.nodes(), ...tape.nodes];
  const finished = assemble(
    {
      graph,
      image,
      tape,
      nodes,
      samples,
      names: allNames,
      map: made.map,
      samplesAreInputs: "samplesAreInputs" in plan && plan.samplesAreInputs,
    },
    conserved,
    options.targets ?? "K",
  );
  const outputs = new Set(finished.graph.outputs.map(({ name }) => name));
  return {
    model: exactSigmoid(finished, outputs).model,
    names: allNames,
    map: made.map,
    conservation: conserved,
  };
}

/** The samples under the name by which the network's nodes know them. */
function renamed(value: string, name: string): Model["graph"]["nodes"] {
  return [{ op: "Identity", domain: "", name, inputs: [value], outputs: [name], attributes: new Map() }];
}

function emitBaseline(
  tape: Tape,
  graph: RelevanceGraph,
  picture: string,
  values: Float32Array | undefined,
): BaselinePass | undefined {
  if (values === undefined) return undefined;
  const constant = tape.floats([...values], [1, ...graph.image.dims.slice(1).map(Number)]);
  return createBaselinePass(tape, graph, tape.emit("Expand", [constant, tape.emit("Shape", [picture])]));
}

function emitSeed(
  tape: Tape,
  plan: MapPlan,
  context: SeedContext & { readonly targetClasses: string },
  against: string | undefined,
): EmittedSeed {
  if (against !== undefined) {
    return { seed: emitAgainst(tape, context, against), scale: undefined };
  }
  return "seed" in plan ? plan.seed(context) : oneHot(context);
}

/** The picture as float32. */
function asFloat(tape: Tape, { name, type }: InputPort): string {
  return type === "float32" ? name : tape.emit("Cast", [name], { to: int(1) });
}

/** int64 [1]: the images of a run. */
function batchSize(tape: Tape, { name, batch }: InputPort): string {
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
  if (scale === undefined) return tape.emit("Expand", [tape.scalar(1), tape.emit("Shape", [targetClasses])]);
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
