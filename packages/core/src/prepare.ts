/** From a model to its explanation model: canonicalize, build the relevance graph, compile, and write down how. */
import { type Model, type Node, type SessionFactory, UserError } from "@onnx-lrp/onnx-loader";
import { type CompiledExplanation, compile } from "./compile/compile.ts";
import { type Composite, gradientComposites } from "./composites.ts";
import type { ExplanationOptions, ExplanationRecord } from "./explanation-options.ts";
import type { InputPort } from "./input-port/input-port.ts";
import { type Method, methodByName } from "./methods.ts";
import { unknownPolicies } from "./names.ts";
import { canonicalizeFor } from "./plan/canonical.ts";
import { ownRuleTitles, resolveComposite } from "./plan/composite.ts";
import { createMapPlan, type Plan, selectLayer } from "./plan/plan.ts";
import { methodProblems } from "./plan/problems.ts";
import type { SampleValues } from "./plan/samples.ts";
import {
  analyzeRelevanceGraph,
  checkProblems,
  type Problem,
  type RelevanceGraph,
} from "./relevance-graph/build.ts";
import { boundsByChannel, neededBounds, type PixelBounds } from "./relevance-graph/pixel-bounds.ts";
import { defaultParameters } from "./rules/parameters.ts";

/** Version of the format of explanation models, and of the maps they make. */
export const version = "0.1.0";

/** How a network would be explained, and what stands in the way. */
export interface InspectedExplanation {
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
  readonly image: InputPort;
  /** By channel, what the values of an input must lie between; undefined where no rule builds on it. */
  readonly bounds?: PixelBounds | undefined;
}

export interface PreparedExplanation extends CompiledExplanation, Omit<InspectedExplanation, "problems"> {
  /** Targets of every run, where that was fixed. */
  readonly targetCount: number | undefined;
  /** The baseline, where the method has one. */
  readonly baseline?: Float32Array | undefined;
  /** All samples that the method takes of a picture, where it takes some. */
  readonly samples?: SampleValues | undefined;
}

interface Examined extends InspectedExplanation, Omit<Plan, "settings"> {}

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
  const { plan: _, baseline: __, samples: ___, ...examined } = await examine(model, runtime, options);
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
  const composite = resolveComposite(method, parameters, options);
  const canonical = await canonicalizeFor(model, runtime, method, composite, options);
  const { modelInput } = canonical;
  const pixels = options.pixels && boundsByChannel(modelInput, options.pixels);
  const found = { composite, output: options.output, unknown: policy };
  const examined = (source?: string, other?: Composite) =>
    analyzeRelevanceGraph(canonical.model, canonical.shapes, canonical.image, {
      ...found,
      ...(other === undefined ? {} : { composite: other }),
      source,
    });
  const layer = selectLayer(method, canonical, options);
  const { graph, problems } = examined(layer?.value);
  const guide =
    method.kind === "activation-map" && method.guided
      ? examined(undefined, gradientComposites["guided-backprop"])
      : undefined;
  const { settings, ...planned } = createMapPlan(
    { method, composite, graph, layer, guide: guide?.graph, canonical },
    { ...options, pixels },
  );
  const nodes = graph.nodes.filter(({ unknown }) => unknown !== undefined).map(({ node }) => nodeName(node));
  const ownRules = ownRuleTitles(options.composite);
  return {
    ...planned,
    graph,
    method,
    image: modelInput,
    bounds: neededBounds(graph, pixels),
    record: {
      method: method.name,
      composite: composite.name,
      parameters,
      pixels,
      unknown: { policy, nodes },
      settings: {
        ...settings,
        ...(options.contrast ? { contrast: true } : {}),
        ...(options.rules === undefined ? {} : { rules: options.rules }),
        ...(ownRules === undefined ? {} : { rules: ownRules }),
      },
    },
    notes: canonical.notes,
    dequantized: canonical.dequantized,
    problems: [...methodProblems(method, graph, options.rules), ...problems, ...(guide?.problems ?? [])],
  };
}

/** A node's name, or that of what it makes. */
function nodeName({ name, outputs }: Node): string {
  return name || (outputs[0] ?? "");
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
    pixels: record.pixels,
    targets: options.fixedSizes?.targets,
    contrast: options.contrast,
    conservation: options.conservation ?? false,
  });
  const metadata = { ...compiled.model.metadata, ...metadataOf(record, compiled, options.sourceHash) };
  const targetCount = options.fixedSizes?.targets;
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
