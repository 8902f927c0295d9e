/** From a model to its explanation model: canonicalize, analyze the relevance graph, plan the map, compile, describe. */
import { type Model, type SessionFactory, UserError } from "@onnx-lrp/onnx-loader";
import { nodeLabel } from "@onnx-lrp/onnx-loader/internal";
import { outputPortOf } from "./canonicalize.ts";
import { type CompiledExplanation, compile } from "./compile/compile.ts";
import { createMapPlan } from "./compile/maps/index.ts";
import { type Composite, gradientComposites } from "./composites.ts";
import type { ExplanationOptions, ExplanationRecord, TargetForm } from "./explanation-options.ts";
import type { InputPort } from "./input-port/input-port.ts";
import { methodByName } from "./methods/table.ts";
import { type UnknownPolicy, unknownPolicies } from "./names.ts";
import { classesCompete, type OutputPort } from "./output-port/output-port.ts";
import { selectAttention } from "./plan/attention.ts";
import { type Canonical, canonicalizeFor } from "./plan/canonical.ts";
import { compositeFor, ownRuleTitles, resolveComposite } from "./plan/composite.ts";
import { attributedPort } from "./plan/inner-port.ts";
import { selectLayer } from "./plan/layer.ts";
import type { MapMethod, MapPlan } from "./plan/map-plan.ts";
import { methodProblems } from "./plan/problems.ts";
import { resolveSampleOptions } from "./plan/samples.ts";
import { analyzeRelevanceGraph, type RelevanceGraph } from "./relevance-graph/build.ts";
import { boundsByChannel, neededBounds, type PixelBounds } from "./relevance-graph/pixel-bounds.ts";
import { checkProblems, type Problem } from "./relevance-graph/problem.ts";
import { defaultParameters, type RuleParameters } from "./rules/parameters.ts";

/** Version of the format of explanation models, and of the maps they make. */
export const version = "0.1.0";

/** How a network would be explained, and what blocks that. */
export interface InspectedExplanation {
  readonly graph: RelevanceGraph;
  readonly method: MapMethod;
  readonly record: ExplanationRecord;
  /** What canonicalization changed, one sentence each. */
  readonly notes: readonly string[];
  /** Whether the network in the file is quantized, and its float equivalent is what gets explained. */
  readonly dequantized: boolean;
  /** Empty if nothing blocks the explanation. */
  readonly problems: readonly Problem[];
  /** Input of the explanation model. For sampled methods `graph.image` is the batch of samples made from it. */
  readonly modelInput: InputPort;
  /** By channel, what the values of an input must lie between; undefined if no rule builds on it. */
  readonly bounds?: PixelBounds | undefined;
}

export interface PreparedExplanation {
  readonly analysis: InspectedExplanation;
  readonly plan: MapPlan;
  readonly compiled: CompiledExplanation;
}

/**
 * Looks at a network without running it: what each node is to relevance, and which nodes no rule covers.
 *
 * @throws UserError for a model without a picture input or class scores, and for unknown names
 */
export async function inspectExplanation(
  model: Model,
  runtime: SessionFactory,
  options: ExplanationOptions = {},
): Promise<InspectedExplanation> {
  const { analysis } = await planExplanation(model, runtime, options);
  return analysis;
}

/**
 * @throws UserError `unsupported` naming node and operation for a network that cannot be explained; `usage` for unknown
 * names, missing pixel bounds, and methods that are no model (perturbation)
 */
export async function prepareExplanation(
  model: Model,
  runtime: SessionFactory,
  options: ExplanationOptions = {},
): Promise<PreparedExplanation> {
  const { analysis, plan } = await planExplanation(model, runtime, options);
  checkProblems(analysis.problems);
  if (options.conservation) checkConservation(plan.method);
  const compiled = compile(analysis.graph, plan, {
    pixels: analysis.record.pixels,
    targets: targetCount(analysis.graph.head, options),
    contrast: options.contrast,
    targetForm: targetForm(analysis.graph.head, options),
    conservation: options.conservation,
  });
  const metadata = { ...compiled.model.metadata, ...describe(analysis.record, compiled, options.sourceHash) };
  return { analysis, plan, compiled: { ...compiled, model: { ...compiled.model, metadata } } };
}

function targetCount(head: OutputPort, { fixedSizes }: ExplanationOptions): number | undefined {
  const { targets } = fixedSizes ?? {};
  return typeof targets === "function" ? targets(head) : targets;
}

function targetForm({ form }: OutputPort, { targetForm: wanted }: ExplanationOptions): TargetForm {
  if (form !== "places" || wanted === "weights") return wanted ?? "classes";
  if (wanted === undefined) return "weights";
  throw new UserError(
    "usage",
    "The network has scores at each of several places, so that the number of a class is no target by itself.",
    {
      subject: { option: "targetForm" },
      remedies: [{ kind: "option", option: "targetForm", values: ["weights"] }],
    },
  );
}

async function planExplanation(
  model: Model,
  runtime: SessionFactory,
  options: ExplanationOptions,
): Promise<Omit<PreparedExplanation, "compiled">> {
  const asked = resolveMethod(options);
  const unknown = resolvePolicy(options);
  const parameters = { ...defaultParameters, ...options.parameters };
  const resolved = resolveComposite(asked, parameters, options);
  const sampleOptions = asked.kind === "sampled" ? resolveSampleOptions(asked, options) : undefined;
  const canonical = await canonicalizeFor(model, runtime, resolved, sampleOptions, options);
  const { modelInput, dequantized } = canonical;
  const head = outputPortOf(canonical, options);
  const method = options.method === undefined ? defaultMethod(asked, head) : asked;
  const chosen = compositeFor(resolved, method, canonical, parameters, options);
  const { composite } = chosen;
  const notes = [...canonical.notes, ...chosen.notes];
  const attributed = attributedPort(canonical, method, options);
  const pixels = options.pixels && boundsByChannel(attributed, options.pixels);
  const layer = selectLayer(method, canonical, head, options);
  const attention = selectAttention(method, canonical, head);
  // What attention is multiplied to needs no way back to the picture.
  const source = attention === undefined ? layer?.value : head.logits;
  const analyzed = analyzeGraph(method, composite, { ...canonical, image: attributed }, source, {
    ...options,
    head,
    unknown,
  });
  const { graph, guidedGraph, problems } = analyzed;
  // Bounds are of the attributed value, which is checked only where a caller gives it.
  const bounds = attributed === canonical.image ? neededBounds(graph, pixels) : undefined;
  const { plan, settings } = createMapPlan(
    { method, composite, modelInput, sampleOptions, layer, attention, guidedGraph },
    { ...options, pixels },
  );
  const record = recordOf({ method, graph, parameters, unknown, settings }, { ...options, pixels });
  return { analysis: { graph, method, record, notes, dequantized, problems, modelInput, bounds }, plan };
}

/** @throws UserError `usage` for an unknown method, and one that is no model */
function resolveMethod(options: ExplanationOptions): MapMethod {
  const method = methodByName(options.method ?? "sglrp");
  if (method.kind !== "perturbation") return method;
  throw new UserError(
    "usage",
    `The method ${method.name} queries the network many times and is not a model: there is nothing to inspect or to compile.`,
    { subject: { method: method.name }, remedies: [{ kind: "explain" }] },
  );
}

/** SGLRP subtracts rivals; where there are none, LRP is what is left of it, by the same rules. */
function defaultMethod(usual: MapMethod, head: OutputPort): MapMethod {
  const alone = methodByName("lrp");
  return classesCompete(head) || alone.kind === "perturbation" ? usual : alone;
}

function resolvePolicy({ unknown = "error" }: ExplanationOptions): UnknownPolicy {
  const policy = unknownPolicies.find((known) => known === unknown);
  if (policy !== undefined) return policy;
  const names = unknownPolicies.join(", ");
  throw new UserError("usage", `The option unknown must be one of ${names}; got "${unknown}".`, {
    subject: { option: "unknown" },
  });
}

/** The graph back to the picture or the layer, and for guided maps that of guided backpropagation to the picture. */
function analyzeGraph(
  method: MapMethod,
  composite: Composite,
  { model, shapes, image, fed }: Canonical,
  source: string | undefined,
  { head, unknown, rules }: Omit<ExplanationOptions, "head"> & { readonly head: OutputPort },
): {
  readonly graph: RelevanceGraph;
  readonly guidedGraph: RelevanceGraph | undefined;
  readonly problems: readonly Problem[];
} {
  const options = { composite, head, unknown, fed };
  const { graph, problems } = analyzeRelevanceGraph(model, shapes, image, {
    ...options,
    source,
  });
  const guided =
    method.kind === "activation-map" && method.guided
      ? analyzeRelevanceGraph(model, shapes, image, {
          ...options,
          composite: gradientComposites["guided-backprop"],
        })
      : undefined;
  return {
    graph,
    guidedGraph: guided?.graph,
    problems: [...methodProblems(method, graph, rules), ...problems, ...(guided?.problems ?? [])],
  };
}

interface Resolved {
  readonly method: MapMethod;
  readonly graph: RelevanceGraph;
  readonly parameters: RuleParameters;
  readonly unknown: UnknownPolicy;
  readonly settings: ExplanationRecord["settings"];
}

function recordOf(
  { method, graph, parameters, unknown, settings }: Resolved,
  { pixels, contrast, rules, composite, backTo, head, rivals }: ExplanationOptions,
): ExplanationRecord {
  const ownRules = ownRuleTitles(composite);
  const withoutRule = graph.nodes.filter((node) => node.unknown !== undefined);
  return {
    method: method.name,
    composite: graph.composite.name,
    parameters,
    pixels,
    unknown: { policy: unknown, nodes: withoutRule.map(({ node }) => nodeLabel(node)) },
    settings: {
      ...settings,
      ...(contrast ? { contrast: true } : {}),
      ...(head === undefined ? {} : { head }),
      ...(rivals === true ? { rivals } : {}),
      ...(backTo === undefined ? {} : { backTo }),
      ...(rules === undefined ? {} : { rules }),
      ...(ownRules === undefined ? {} : { rules: ownRules }),
    },
  };
}

function checkConservation({ name, kind }: MapMethod): void {
  if (kind === "relevance" || kind === "gradient") return;
  throw new UserError(
    "usage",
    `The method ${name} does not propagate relevance, so that there is no conservation to report.`,
    { subject: { method: name, option: "conservation" } },
  );
}

/** What an explanation model says of itself in its metadata. */
function describe(
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
