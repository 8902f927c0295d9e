/** From a model to its explanation model: canonicalize, build the relevance graph, compile, and write down how. */
import { type Model, type SessionFactory, UserError } from "@onnx-lrp/onnx-loader";
import { canonicalize } from "./canonicalize.ts";
import type { PixelBounds } from "./compile/bounds.ts";
import { type CompiledExplanation, compile } from "./compile/compile.ts";
import { compositeByName, defaultParameters, gradientComposite, type RuleParameters } from "./composites.ts";
import { type Method, methodByName } from "./methods.ts";
import { buildRelevanceGraph, type RelevanceGraph } from "./relevance-graph/build.ts";

/** Version of the format of explanation models, and of the maps they make. */
export const version = "0.1.0";

export interface ExplanationOptions {
  /** Default `sglrp`. */
  readonly method?: string | undefined;
  /** Default `zplus-box`; of no use with gradient methods. `gradient` propagates any seed as a gradient. */
  readonly composite?: string | undefined;
  readonly parameters?: Partial<RuleParameters> | undefined;
  /** The lowest and highest pixel after preprocessing, a number a channel; needed for the zbox rule. */
  readonly pixels?: PixelBounds | undefined;
  /** The input that takes the picture and the output with the class scores, where the model has several. */
  readonly input?: string | undefined;
  readonly output?: string | undefined;
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
}

export interface PreparedExplanation extends CompiledExplanation {
  readonly graph: RelevanceGraph;
  readonly method: Method;
  readonly record: ExplanationRecord;
  /** What canonicalization changed, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * @throws UserError `unsupported` naming node and operation where the network cannot be explained; `usage` for unknown
 * names and missing pixel bounds
 */
export async function prepareExplanation(
  model: Model,
  runtime: SessionFactory,
  options: ExplanationOptions = {},
): Promise<PreparedExplanation> {
  const method = methodByName(options.method ?? "sglrp");
  const parameters = { ...defaultParameters, ...options.parameters };
  if (
    method.propagation === "gradient" &&
    options.composite !== undefined &&
    options.composite !== "gradient"
  ) {
    throw new UserError(
      "usage",
      `The method ${method.name} propagates gradients and takes no composite; leave out "${options.composite}".`,
    );
  }
  const composite =
    method.propagation === "gradient"
      ? gradientComposite
      : compositeByName(options.composite ?? "zplus-box", parameters);
  const canonical = await canonicalize(model, runtime, { input: options.input });
  const graph = buildRelevanceGraph(canonical.model, canonical.shapes, canonical.image, {
    composite,
    output: options.output,
  });
  if (method.name === "sglrp" && graph.head.kind === "sigmoid") {
    throw new UserError(
      "unsupported",
      `The network's output "${graph.head.output}" is a Sigmoid: each class has a probability of its own, and none of them are rivals, so that SGLRP, which is made of a softmax's gradient, does not apply. Take --method lrp or clrp.`,
    );
  }
  const compiled = compile(graph, {
    method,
    pixels: options.pixels,
    conservation: options.conservation ?? false,
  });
  const record = { method: method.name, composite: composite.name, parameters, pixels: options.pixels };
  const metadata = { ...compiled.model.metadata, ...metadataOf(record, compiled, options.sourceHash) };
  return {
    ...compiled,
    model: { ...compiled.model, metadata },
    graph,
    method,
    record,
    notes: canonical.notes,
  };
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
    "onnx-lrp.options": JSON.stringify({ ...record.parameters, ...record.pixels }),
    "onnx-lrp.names": JSON.stringify(names),
    ...(sourceHash === undefined ? {} : { "onnx-lrp.source-sha256": sourceHash }),
  };
}
