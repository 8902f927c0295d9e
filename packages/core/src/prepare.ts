/** From a model to its explanation model: canonicalize, build the relevance graph, compile, and write down how. */
import {
  createTape,
  describeNode,
  type Model,
  type Node,
  producers,
  renameNode,
  type SessionFactory,
  UserError,
  valueNames,
} from "@onnx-lrp/onnx-loader";
import { type CanonicalModel, canonicalize } from "./canonicalize.ts";
import type { PixelBounds } from "./compile/bounds.ts";
import { type CompiledExplanation, compile, type MapPlan } from "./compile/compile.ts";
import {
  type Composite,
  compositeByName,
  defaultParameters,
  gradientComposites,
  type RuleParameters,
} from "./composites.ts";
import {
  defaultReference,
  firstSamples,
  type SampleSettings,
  sampleValues,
  settledSamples,
} from "./explain/samples.ts";
import { layerRules, misplaced, unmatched } from "./layer-selectors.ts";
import { type ActivationMapMethod, type Method, methodByName } from "./methods.ts";
import { type UnknownPolicy, unknownPolicies } from "./names.ts";
import {
  checkProblems,
  examineRelevanceGraph,
  type Problem,
  type RelevanceGraph,
} from "./relevance-graph/build.ts";
import { findHead } from "./relevance-graph/head.ts";
import type { ImageInput, PictureSize } from "./relevance-graph/image.ts";
import { findLayer, type Layer, spatialLayers } from "./relevance-graph/layers.ts";
import type { RuleFile } from "./rule-file.ts";
import { authorsCodeSeed, type Seed } from "./seeds/index.ts";

/** Version of the format of explanation models, and of the maps they make. */
export const version = "0.1.0";

export interface ExplanationOptions extends SampleSettings {
  /** Default `sglrp`. */
  readonly method?: string | undefined;
  /** Default `zplus-box`; of use with relevance methods alone. `gradient` propagates any seed as a gradient. */
  readonly composite?: string | undefined;
  /** Rules layer by layer, in place of a composite (rule-file.ts). */
  readonly rules?: RuleFile | undefined;
  readonly parameters?: Partial<RuleParameters> | undefined;
  /** The lowest and highest pixel after preprocessing, a number a channel; needed for the zbox rule and for noise. */
  readonly pixels?: PixelBounds | undefined;
  /** The input that takes the picture and the output with the class scores, where the model has several. */
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  /** Height and width of pictures, where the network leaves them open. */
  readonly size?: PictureSize | undefined;
  /** What to do with an operation that no rule covers; default `error`. */
  readonly unknown?: UnknownPolicy | undefined;
  /** Each target is held against another class, why this and not that: the seed is e_t - e_a in place of the method's. */
  readonly contrast?: boolean | undefined;
  /** The node whose output a class activation map is of; default the last with height and width. */
  readonly layer?: string | undefined;
  /**
   * Pictures and targets of every run, and samples where the method takes some, where they are known beforehand:
   * onnxruntime then plans the model in less time and memory, but it takes no other numbers.
   */
  readonly runs?:
    | {
        readonly pictures?: number | undefined;
        readonly targets?: number | undefined;
        readonly samples?: number | undefined;
      }
    | undefined;
  /** Report what each node got and handed on. */
  readonly conservation?: boolean | undefined;
  /** SHA-256 of the file the model came from, to be written into the explanation model. */
  readonly sourceHash?: string | undefined;
}

/** What was used, by name and number: a part of every result. */
export interface ExplanationRecord {
  readonly method: string;
  readonly composite: string;
  readonly parameters: RuleParameters;
  readonly pixels: PixelBounds | undefined;
  /** The policy for operations that no rule covers, and the names of the nodes that it was applied to. */
  readonly unknown: { readonly policy: UnknownPolicy; readonly nodes: readonly string[] };
  /** What else the method was told, or took by itself: the layer, the samples, the reference, ... */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** How a network would be explained, and what stands in the way. */
export interface ExaminedExplanation {
  readonly graph: RelevanceGraph;
  readonly method: Method;
  readonly record: ExplanationRecord;
  /** What canonicalization changed, one sentence each. */
  readonly notes: readonly string[];
  /** Whether the network in the file is quantized, and its float equivalent is what gets explained. */
  readonly dequantized: boolean;
  /** Empty where nothing stands in the way. */
  readonly problems: readonly Problem[];
  /** The model's own input; the graph's may be many samples of it. */
  readonly image: ImageInput;
}

export interface PreparedExplanation extends CompiledExplanation, Omit<ExaminedExplanation, "problems"> {
  /** Targets of every run, where that was fixed. */
  readonly targetCount: number | undefined;
  /** The reference picture, where the method has one. */
  readonly reference: Float32Array | undefined;
}

interface Examined extends ExaminedExplanation {
  readonly plan: MapPlan;
  readonly reference: Float32Array | undefined;
}

/**
 * Looks at a network without running it: what each node is to relevance, and which nodes no rule covers.
 *
 * @throws UserError for a model without a picture input or class scores, and for unknown names
 */
export async function examineExplanation(
  model: Model,
  runtime: SessionFactory,
  options: ExplanationOptions = {},
): Promise<ExaminedExplanation> {
  const { plan: _, reference: __, ...examined } = await examine(model, runtime, options);
  return examined;
}

async function examine(
  model: Model,
  runtime: SessionFactory,
  options: ExplanationOptions,
): Promise<Examined> {
  const method = methodByName(options.method ?? "sglrp");
  const parameters = { ...defaultParameters, ...options.parameters };
  const policy = unknownPolicies.find((known) => known === (options.unknown ?? "error"));
  if (policy === undefined) {
    const names = unknownPolicies.join(", ");
    throw new UserError("usage", `There is no way "${options.unknown}" over unknown operations: ${names}.`);
  }
  const composite = compositeFor(method, parameters, options);
  const canonical = await canonicalFor(model, runtime, method, composite, options);
  const found = { composite, output: options.output, unknown: policy };
  const examined = (source?: string, other?: Composite) =>
    examineRelevanceGraph(canonical.model, canonical.shapes, canonical.image, {
      ...found,
      ...(other === undefined ? {} : { composite: other }),
      source,
    });
  const layer = layerFor(method, canonical, options);
  const { graph, problems } = examined(layer?.value);
  const guide =
    method.kind === "activation-map" && method.guided
      ? examined(undefined, gradientComposites["guided-backprop"])
      : undefined;
  const planned = planFor({ method, composite, graph, layer, guide: guide?.graph, canonical }, options);
  const nodes = graph.nodes.filter(({ unknown }) => unknown !== undefined).map(({ node }) => nodeName(node));
  const { outer } = canonical;
  return {
    ...planned,
    graph,
    method,
    image: outer,
    record: {
      method: method.name,
      composite: composite.name,
      parameters,
      pixels: options.pixels,
      unknown: { policy, nodes },
      settings: {
        ...planned.settings,
        ...(options.contrast ? { contrast: true } : {}),
        ...(options.rules === undefined ? {} : { rules: options.rules }),
      },
    },
    notes: canonical.notes,
    dequantized: canonical.dequantized,
    problems: [
      ...rivalless(method, graph),
      ...notAveraged(method, graph),
      ...strangers(graph, options.rules),
      ...problems,
      ...(guide?.problems ?? []),
    ],
  };
}

function compositeFor(method: Method, parameters: RuleParameters, options: ExplanationOptions): Composite {
  const { composite: wanted, rules } = options;
  const given = rules === undefined ? wanted : `rules file ${rules.name}`;
  const none = (why: string): never => {
    throw new UserError(
      "usage",
      `The method ${method.name} ${why} and takes no composite; leave out "${given}".`,
    );
  };
  switch (method.kind) {
    case "relevance": {
      if (method.composite !== undefined) {
        if (given !== undefined && given !== method.composite) none("has rules of its own");
        return compositeByName(method.composite, parameters);
      }
      if (rules !== undefined && wanted !== undefined) {
        throw new UserError(
          "usage",
          `Give a composite ("${wanted}") or a rules file ("${rules.name}"), not both.`,
        );
      }
      if (rules !== undefined) return compositeOfFile(rules, parameters);
      return compositeByName(wanted ?? "zplus-box", parameters);
    }
    case "gradient":
      if (given !== undefined && given !== method.composite.name) none("propagates gradients");
      return method.composite;
    case "sampled":
    case "full-gradient":
    case "activation-map":
      if (given !== undefined && given !== "gradient") none("propagates gradients");
      return gradientComposites.gradient;
    case "black-box":
      throw new UserError(
        "usage",
        `The method ${method.name} is made by asking the network again and again, not by one model: it has nothing to inspect or to compile. onnx-lrp explain makes its maps.`,
      );
  }
}

/** A network in its canonical form, with the input that is the model's own. */
interface Canonical extends CanonicalModel {
  readonly outer: ImageInput;
}

async function canonicalFor(
  model: Model,
  runtime: SessionFactory,
  method: Method,
  composite: Composite,
  { input, size, runs }: ExplanationOptions,
): Promise<Canonical> {
  const fold = !(composite.kind === "rules" && composite.conventions === "authors-code");
  const pictures = runs?.pictures;
  if (method.kind !== "sampled") {
    const canonical = await canonicalize(model, runtime, { input, size, pictures, fold });
    return { ...canonical, outer: canonical.image };
  }
  const rows = runs?.samples === undefined ? undefined : runs.samples + 1;
  const all = pictures === undefined || rows === undefined ? undefined : pictures * rows;
  const canonical = await canonicalize(model, runtime, { input, size, pictures: all, anyBatch: true });
  return spread(canonical, pictures);
}

/** The network on many samples of each picture: its nodes take another value than the input. */
function spread(canonical: CanonicalModel, pictures: number | undefined): Canonical {
  const { image, model, shapes } = canonical;
  const batch = pictures ?? (typeof image.batch === "string" ? image.batch : "N");
  const dims = [typeof batch === "number" ? batch : { times: 1 }, ...image.dims.slice(1)];
  const inner = createTape(valueNames(model.graph), "lrp").fresh(`${image.name}/samples`);
  const rename = (name: string) => (name === image.name ? inner : name);
  const nodes = model.graph.nodes.map((node) => renameNode(node, rename, node.name));
  const shape = shapes.get(image.name);
  return {
    ...canonical,
    outer: { ...image, batch, dims },
    // Samples are computed in float32, whatever the picture comes in.
    image: { ...image, name: inner, type: "float32" },
    model: { ...model, graph: { ...model.graph, nodes } },
    shapes: new Map([...shapes, ...(shape === undefined ? [] : ([[inner, shape]] as const))]),
  };
}

function layerFor(
  method: Method,
  { model: { graph }, shapes, image }: CanonicalModel,
  { layer, output }: ExplanationOptions,
): Layer | undefined {
  if (method.kind !== "activation-map") {
    if (layer === undefined) return undefined;
    throw new UserError(
      "usage",
      `The method ${method.name} is not of one layer; leave out the layer "${layer}".`,
    );
  }
  const head = findHead(graph, producers(graph), shapes, image.dims[0] ?? 1, output);
  return findLayer(spatialLayers(graph, shapes, image, head.logits), layer);
}

interface Plan {
  readonly plan: MapPlan;
  readonly reference: Float32Array | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

interface Found {
  readonly method: Method;
  readonly composite: Composite;
  readonly graph: RelevanceGraph;
  readonly layer: Layer | undefined;
  readonly guide: RelevanceGraph | undefined;
  readonly canonical: Canonical;
}

function planFor(
  { method, composite, graph, layer, guide, canonical }: Found,
  options: ExplanationOptions,
): Plan {
  const { outer } = canonical;
  switch (method.kind) {
    case "relevance":
      return { plan: { method, seed: seedFor(method, composite) }, reference: undefined, settings: {} };
    case "gradient": {
      const needs = method.composite.activations === "rescale";
      const reference = needs ? defaultReference(outer, options.reference) : undefined;
      return {
        plan: { method, reference },
        reference,
        settings: needs ? { reference: referenceName(options) } : {},
      };
    }
    case "sampled": {
      const settled = settledSamples(method, options);
      const reference = defaultReference(outer, options.reference);
      const samples = sampleValues(method, settled, outer, reference, options);
      const { runs } = options;
      const part = runs?.samples === undefined ? samples : firstSamples(samples, runs.samples, outer);
      return {
        plan: { method, samples: part, given: runs?.samples !== undefined, picture: outer },
        reference: method.samples === "noise" ? undefined : reference,
        settings: {
          ...settled,
          ...(method.samples === "noise" ? {} : { reference: referenceName(options) }),
        },
      };
    }
    case "full-gradient":
      return { plan: { method }, reference: undefined, settings: {} };
    case "activation-map": {
      if (layer === undefined) throw new Error(`${method.name} without a layer`);
      return { plan: { method, layer, guide }, reference: undefined, settings: { layer: layer.name } };
    }
    case "black-box":
      throw new Error(`${method.name} has no model of its own; ${graph.head.output}`);
  }
}

/** A node's name, or that of what it makes. */
function nodeName({ name, outputs }: Node): string {
  return name || (outputs[0] ?? "");
}

function seedFor(method: Method & { readonly kind: "relevance" }, composite: Composite): Seed {
  const authors = composite.kind === "rules" && composite.conventions === "authors-code";
  return authors ? authorsCodeSeed(method.name) : method.seed;
}

function referenceName({ reference }: ExplanationOptions): unknown {
  return reference instanceof Float32Array ? "a picture" : (reference ?? 0);
}

function rivalless(method: Method, { head }: RelevanceGraph): Problem[] {
  if (method.name !== "sglrp" || head.kind !== "sigmoid") return [];
  const reason = `The network's output "${head.output}" is a Sigmoid: each class has a probability of its own, and none of them are rivals, so that SGLRP, which is made of a softmax's gradient, does not apply`;
  const error = new UserError("unsupported", `${reason}. Take --method lrp or clrp.`);
  return [{ node: undefined, reason, policies: [], error }];
}

/** With constants they are linear, but for a constant. */
const affine = new Set(["Mul", "Div", "Sub", "Neg", "Mean", "BatchNormalization"]);

/** CAM is defined for one average and a dense layer behind it, so that each channel has one weight for a class. */
function notAveraged(method: Method, { nodes, source, shapes }: RelevanceGraph): Problem[] {
  if (!isCam(method)) return [];
  const bent = nodes.find(
    ({ behaviour, node }) =>
      behaviour.kind === "product" ||
      (behaviour.kind === "pass" && behaviour.derivative !== "one" && !affine.has(node.op)) ||
      (behaviour.kind === "route" && behaviour.name === "winner"),
  );
  // Only behind an average of all places has the dense layer one weight a channel.
  const [, channels] = shapes.get(source)?.dims ?? [];
  const dense = nodes.find(({ role }) => role !== undefined && role !== "other");
  const seen = dense && shapes.get(dense.node.inputs[dense.edges[0] ?? 0] ?? "")?.dims.slice(1);
  const single = seen === undefined || seen.reduce<number>((a, b) => a * Number(b), 1) === channels;
  const averages = single && nodes.some(({ role }) => role === "other");
  if (bent === undefined && averages) return [];
  const what =
    bent === undefined ? "no average over all places" : `${describeNode(bent.node)}, which is not linear`;
  const reason = `Between the layer "${source}" and the class scores lies ${what}; CAM (Zhou et al. 2016) is defined for one average and a dense layer alone`;
  const error = new UserError(
    "unsupported",
    `${reason}. Take --method grad-cam, which is the same where CAM is defined.`,
  );
  return [{ node: bent?.node, reason, policies: [], error }];
}

function isCam(method: Method): method is ActivationMapMethod {
  return method.kind === "activation-map" && method.weighting === "cam";
}

/** Entries of a rules file that fit no layer: a pattern that was mistyped would go unnoticed. */
function strangers({ nodes }: RelevanceGraph, rules: RuleFile | undefined): Problem[] {
  if (rules === undefined) return [];
  return [...unmatched(rules.layers, nodes), ...misplaced(rules.layers, nodes)].map((error) => ({
    node: undefined,
    reason: error.message.replace(/\.$/, ""),
    policies: [],
    error,
  }));
}

function compositeOfFile({ name, base, layers }: RuleFile, parameters: RuleParameters): Composite {
  const composite = compositeByName(base, parameters);
  return composite.kind === "rules"
    ? { ...composite, name, layers: layerRules(layers, parameters) }
    : composite;
}

/**
 * @throws UserError `unsupported` naming node and operation where the network cannot be explained; `usage` for unknown
 * names, missing pixel bounds, and methods that are no model (perturbation)
 */
export async function prepareExplanation(
  model: Model,
  runtime: SessionFactory,
  options: ExplanationOptions = {},
): Promise<PreparedExplanation> {
  const { problems, plan, ...examined } = await examine(model, runtime, options);
  checkProblems(problems);
  const { graph, method, record } = examined;
  if (options.conservation) checkConservation(method, record);
  const compiled = compile(graph, plan, {
    pixels: options.pixels,
    targets: options.runs?.targets,
    contrast: options.contrast,
    conservation: options.conservation ?? false,
  });
  const metadata = { ...compiled.model.metadata, ...metadataOf(record, compiled, options.sourceHash) };
  const targetCount = options.runs?.targets;
  return { ...compiled, ...examined, targetCount, model: { ...compiled.model, metadata } };
}

function checkConservation(method: Method, { composite }: ExplanationRecord): void {
  const two = method.name === "clrp-gu" || (composite === "authors-code" && method.name !== "lrp");
  if ((method.kind === "relevance" || method.kind === "gradient") && !two) return;
  const why = two ? "propagates two maps and balances them" : "does not hand on relevance";
  throw new UserError(
    "usage",
    `The method ${method.name}${two ? ` with ${composite}` : ""} ${why}, so that there is no conservation to report.`,
  );
}

function metadataOf(
  record: ExplanationRecord,
  { names }: CompiledExplanation,
  sourceHash: string | undefined,
): Record<string, string> {
  return {
    "onnx-lrp.version": version,
    "onnx-lrp.method": record.method,
    "onnx-lrp.composite": record.composite,
    "onnx-lrp.options": JSON.stringify({
      ...record.parameters,
      ...record.pixels,
      ...record.settings,
      ...(record.unknown.nodes.length === 0 ? {} : { unknown: record.unknown }),
    }),
    "onnx-lrp.names": JSON.stringify(names),
    ...(sourceHash === undefined ? {} : { "onnx-lrp.source-sha256": sourceHash }),
  };
}
