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
  type Tensor,
  type TensorType,
  type ValueInfo,
  valueNames,
  withoutUnused,
} from "@onnx-lrp/onnx-loader";
import { type MapShape, mapSizes } from "../heatmap.ts";
import type {
  ActivationMapMethod,
  FullGradientMethod,
  GradientMethod,
  RelevanceMethod,
  SampledMethod,
} from "../methods.ts";
import type { Emission, TargetArithmetic } from "../operators/operator.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { ImageInput } from "../relevance-graph/image.ts";
import { type Layer, spatialLayers } from "../relevance-graph/layers.ts";
import { type EmittedSeed, oneHot, type Seed, type SeedContext } from "../seeds/index.ts";
import { balanced, halves } from "./balance.ts";
import { createBounds, createPictureMask, type PixelBounds } from "./bounds.ts";
import { emitAgainst, emitClassTargets } from "./class-targets.ts";
import { type ConservationPlan, emitConservation } from "./conservation.ts";
import { createForwardPass } from "./forward.ts";
import { createInputParts, createWeightParts } from "./layer-parts.ts";
import { emitActivationMap } from "./maps/activation-map.ts";
import { biasGradient, emitFullGradient } from "./maps/full-gradient.ts";
import {
  emitSamples,
  gather,
  ownLogits,
  type SampleNames,
  type Samples,
  type SampleValues,
  spreadSeed,
} from "./maps/samples.ts";
import { type NodeAudit, type PropagationContext, propagate } from "./propagate.ts";
import { createReference, type Reference } from "./reference.ts";
import { createTargetArithmetic } from "./targets.ts";

/** What the inputs and outputs that were added are called; a name that the model has already gets a number. */
export interface ExplanationNames {
  /** int64 [N, K]: a class, or -r for the r-th most probable one. */
  readonly targets: string;
  /** int64 [N, K]: the class that each target is held against, only where asked for. */
  readonly against: string | undefined;
  /** float32 [N, classes] */
  readonly logits: string;
  /** int64 [N, K]: the classes that `targets` stood for. */
  readonly targetClasses: string;
  /** float32 [N, K, ...map] */
  readonly relevance: string;
  /** float32 [N, K]: what the map is to be multiplied with to be the one of the method's definition. */
  readonly seedScale: string;
  /** Of the variance of gradients, their mean: float32 [N, K, ...map]. */
  readonly mean: string | undefined;
  /** The pictures around the one that gradients are taken at, for methods that sample; inputs with a value of their own. */
  readonly samples: SampleNames | undefined;
  /** float32 [N, K, nodes, 5], only where asked for (conservation.ts). */
  readonly conservation: string | undefined;
}

/** How a map is made, with what of the network it takes. */
export type MapPlan =
  | { readonly method: RelevanceMethod; readonly seed: Seed }
  | {
      readonly method: GradientMethod;
      /** The reference picture, without the batch, where the method has one. */
      readonly reference: Float32Array | undefined;
    }
  | {
      readonly method: SampledMethod;
      readonly samples: SampleValues;
      /** Whether every run gives its own samples; else the model has these, and a run may give others. */
      readonly given: boolean;
      /** The model's own input; the graph's is the samples. */
      readonly picture: ImageInput;
    }
  | { readonly method: FullGradientMethod }
  | {
      readonly method: ActivationMapMethod;
      readonly layer: Layer;
      /** For guided maps the way on from the layer to the picture, and all before it. */
      readonly guide: RelevanceGraph | undefined;
    };

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

/** What every kind of map is emitted with. */
interface Workshop {
  readonly graph: RelevanceGraph;
  readonly tape: Tape;
  readonly emission: Emission;
  /** float32, in the shape of the input. */
  readonly picture: string;
  readonly pixels: PixelBounds | undefined;
  readonly reference: Reference | undefined;
  /** Arithmetic for K targets, also where the emission propagates 2 K. */
  readonly single: TargetArithmetic;
  /** A seed [K, N, classes] in the shape of the logits, per target. */
  placed(seed: string): string;
}

/** @param graph from the logits back to the picture, to the samples, or to a layer */
export function compile(graph: RelevanceGraph, plan: MapPlan, options: CompileOptions): CompiledExplanation {
  const { model, image: inner, head } = graph;
  const image = "picture" in plan ? plan.picture : inner;
  const own = model.graph;
  const tape = createTape(valueNames(own), "lrp");
  const targetsInput = tape.fresh("targets");
  const againstInput = options.contrast ? tape.fresh("against") : undefined;
  const picture = asFloat(tape, image);
  const samples = "samples" in plan ? emitSamples(tape, image, picture, plan.samples) : undefined;
  const reference = "reference" in plan ? emitReference(tape, graph, picture, plan.reference) : undefined;
  const before = tape.nodes.splice(0);
  const ownNodes = samples === undefined ? own.nodes : [...renamed(samples.spread, inner.name), ...own.nodes];
  const forward = createForwardPass([...ownNodes, ...(reference?.nodes ?? [])], tape.fresh);

  const whole = emitLogits(tape, graph);
  const logits = samples === undefined ? whole : ownLogits(tape, whole, batchSize(tape, image));
  const classTargets = emitClassTargets(tape, logits, targetsInput, head.classes);
  const seed = emitSeed(tape, plan, classTargets, againstInput);
  const count =
    options.targets === undefined
      ? tape.emit("Gather", [tape.emit("Shape", [targetsInput]), tape.ints([1])])
      : tape.ints([options.targets]);
  const twice = seed.rivals === undefined ? count : tape.emit("Mul", [count, tape.ints([2])]);
  const targets = createTargetArithmetic(tape, twice);
  const emission: Emission = { tape, targets, forwardOutput: forward.output };
  const { pixels } = options;
  const shop: Workshop = {
    ...{ graph, tape, emission, picture, pixels, reference },
    single: seed.rivals === undefined ? targets : createTargetArithmetic(tape, count),
    placed: (value) =>
      tape.emit("Reshape", [
        samples === undefined ? value : spreadSeed(tape, value, samples, head.classes),
        tape.ints([-1, ...head.dims.slice(1).map(Number)]),
      ]),
  };
  const placed = shop.placed(
    seed.rivals === undefined
      ? seed.seed
      : tape.emit("Concat", [seed.seed, seed.rivals.seed], { axis: int(0) }),
  );
  const audits: NodeAudit[] = [];
  const audit = options.conservation ? (at: NodeAudit) => audits.push(at) : undefined;
  const made = emitMap(shop, plan, placed, seed, samples, audit);

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
      given: "given" in plan && plan.given,
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

function emitReference(
  tape: Tape,
  graph: RelevanceGraph,
  picture: string,
  values: Float32Array | undefined,
): Reference | undefined {
  if (values === undefined) return undefined;
  const constant = tape.floats([...values], [1, ...graph.image.dims.slice(1).map(Number)]);
  return createReference(tape, graph, tape.emit("Expand", [constant, tape.emit("Shape", [picture])]));
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

/** Everything that turns relevance or gradients into one map. */
function emitMap(
  shop: Workshop,
  plan: MapPlan,
  placed: string,
  { rivals }: EmittedSeed,
  samples: Samples | undefined,
  audit: ((node: NodeAudit) => void) | undefined,
): { readonly value: string; readonly mean?: string | undefined; readonly map: MapShape } {
  const { graph, tape, emission, picture } = shop;
  const { targets } = emission;
  const { image } = graph;
  const whole: MapShape = image;
  const single: MapShape = { channels: 1, height: image.height, width: image.width, layout: "nchw" };
  switch (plan.method.kind) {
    case "relevance": {
      const handed = propagate(graph, contextOf(shop, graph), placed, audit);
      if (rivals === undefined) return { value: targets.split(handed, image.dims), map: whole };
      const parts = halves(tape, handed, image.dims);
      const [target, others] = parts.map((part) => shop.single.split(part, image.dims));
      const value = balanced(tape, [target ?? "", others ?? ""], image.dims.length + 1, rivals.balance);
      return { value, map: whole };
    }
    case "gradient": {
      const plain = propagate(graph, contextOf(shop, graph), placed, audit);
      const factor = timesOf(shop, plan.method.times);
      const result = factor === undefined ? plain : targets.times(plain, factor, image.dims, image.dims);
      return { value: targets.split(result, image.dims), map: whole };
    }
    case "sampled": {
      if (samples === undefined) throw new Error("samples were not emitted");
      const plain = propagate(graph, contextOf(shop, graph), placed);
      return { ...gather(tape, targets, plain, image.dims, plan.method.gather, samples), map: whole };
    }
    case "full-gradient":
      return { value: fullGradient(shop, placed), map: single };
    case "activation-map": {
      if (!("layer" in plan)) throw new Error("an activation map needs a layer");
      const dims = graph.shapes.get(plan.layer.value)?.dims ?? [];
      const gradient = targets.split(propagate(graph, contextOf(shop, graph), placed), dims);
      const map = emitActivationMap(tape, plan.method.weighting, gradient, plan.layer, image);
      if (plan.guide === undefined) return { value: map, map: single };
      const guided = propagate(plan.guide, contextOf(shop, plan.guide), placed);
      const shaped =
        image.layout === "nchw"
          ? map
          : tape.emit("Reshape", [map, tape.ints([0, 0, image.height, image.width, 1])]);
      return { value: tape.emit("Mul", [targets.split(guided, image.dims), shaped]), map: whole };
    }
  }
  // What the picture is multiplied with must be per image.
  function timesOf({ tape: on }: Workshop, times: GradientMethod["times"]): string | undefined {
    switch (times) {
      case "nothing":
        return undefined;
      case "input":
        return picture;
      case "difference":
        return on.emit("Sub", [picture, shop.reference?.value(image.name) ?? ""]);
    }
  }
}

function fullGradient(shop: Workshop, placed: string): string {
  const { graph, emission, picture } = shop;
  const layers = new Map(
    spatialLayers(graph.model.graph, graph.shapes, graph.image, graph.head.logits).map((layer) => [
      layer.value,
      layer,
    ]),
  );
  const terms: Parameters<typeof emitFullGradient>[4][number][] = [];
  const gradient = propagate(graph, contextOf(shop, graph), placed, (audit) => {
    const layer = layers.get(audit.at.node.outputs[0] ?? "");
    const value = layer === undefined ? undefined : biasGradient(emission, audit);
    if (layer !== undefined && value !== undefined) {
      terms.push({ layer, value, dims: audit.at.site.shape(layer.value) });
    }
  });
  return emitFullGradient(emission, graph, picture, gradient, terms);
}

function contextOf(
  { tape, emission, pixels, reference }: Workshop,
  graph: RelevanceGraph,
): PropagationContext {
  const { image, prefix, shapes, composite } = graph;
  const authors = composite.kind === "rules" && composite.conventions === "authors-code";
  const box = authors ? sameForAllChannels(pixels) : pixels;
  return {
    emission,
    inputs: createInputParts(
      tape,
      graph.neverNegative,
      createBounds(tape, image, prefix, shapes, box),
      createPictureMask(tape, image, prefix, shapes),
    ),
    weightPart: createWeightParts(tape),
    reference,
  };
}

/** One lowest and one highest pixel, as the SGLRP paper's code has it. */
function sameForAllChannels(pixels: PixelBounds | undefined): PixelBounds | undefined {
  if (pixels === undefined) return undefined;
  const [low, high] = [Math.min(...pixels.low), Math.max(...pixels.high)];
  return { low: pixels.low.map(() => low), high: pixels.high.map(() => high) };
}

/** The picture as float32. */
function asFloat(tape: Tape, { name, type }: ImageInput): string {
  return type === "float32" ? name : tape.emit("Cast", [name], { to: int(1) });
}

/** int64 [1]: the images of a run. */
function batchSize(tape: Tape, { name, batch }: ImageInput): string {
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

interface Parts {
  readonly graph: RelevanceGraph;
  /** The model's own input. */
  readonly image: ImageInput;
  readonly tape: Tape;
  readonly nodes: Model["graph"]["nodes"];
  readonly samples: Samples | undefined;
  readonly names: ExplanationNames;
  readonly map: MapShape;
  /** Samples are inputs like others, since onnxruntime's JavaScript interface feeds no input that has a value already. */
  readonly given: boolean;
}

function assemble(
  { graph: { model, head }, image, tape, nodes, samples, names, map, given }: Parts,
  plan: ConservationPlan | undefined,
  k: Dim,
): Model {
  const { graph } = model;
  const n = image.batch;
  const picture = mapSizes(map);
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
    ...(names.mean === undefined ? [] : [float(names.mean, [n, k, ...picture])]),
    ...(names.conservation === undefined || plan === undefined
      ? []
      : [float(names.conservation, [n, k, plan.rows.length, 5])]),
  ];
  const values = samples?.defaults ?? new Map<string, Tensor>();
  const defaults = given ? new Map<string, Tensor>() : values;
  const shared = samples?.sharedBase ?? false;
  // Any number of samples, unless runs are planned for one.
  const sampleInputs = [...values].map(([name, { dims }]) =>
    float(
      name,
      dims.map((size, axis) =>
        axis === 0 && !given && !(shared && name === names.samples?.bases) ? "S" : size,
      ),
    ),
  );
  // What the network itself puts out would be that of the samples.
  const own = samples === undefined ? graph.outputs : [];
  return {
    ...model,
    irVersion: Math.max(model.irVersion, 8),
    graph: withoutUnused({
      ...graph,
      nodes,
      initializers: new Map([...graph.initializers, ...tape.initializers, ...defaults]),
      overridable: new Set([...graph.overridable, ...defaults.keys()]),
      inputs: [
        ...graph.inputs.map((input) => (input.name === image.name ? ownInput(input, image) : input)),
        int64(names.targets, [n, k]),
        ...(names.against === undefined ? [] : [int64(names.against, [n, k])]),
        ...(given ? sampleInputs : []),
      ],
      outputs: [...own, ...added.filter(({ name }) => !own.some((other) => other.name === name))],
      valueInfo: [
        ...graph.valueInfo.filter(({ name }) => graph.overridable.has(name)),
        ...(given ? [] : sampleInputs),
      ],
    }),
  };
}

/** The input with the number of pictures that it takes, where the network itself takes more. */
function ownInput(input: ValueInfo, { batch }: ImageInput): ValueInfo {
  if (input.type?.dims === undefined) return input;
  return { ...input, type: { ...input.type, dims: [batch, ...input.type.dims.slice(1)] } };
}
