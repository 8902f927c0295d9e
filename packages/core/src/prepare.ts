/** From a model to its explanation model: canonicalize, build the relevance graph, compile, and write down how. */
import { type Model, type Node, type SessionFactory, UserError } from "@onnx-lrp/onnx-loader";
import { canonicalize } from "./canonicalize.ts";
import type { PixelBounds } from "./compile/bounds.ts";
import { type CompiledExplanation, compile } from "./compile/compile.ts";
import { compositeByName, defaultParameters, gradientComposite, type RuleParameters } from "./composites.ts";
import { type Method, methodByName } from "./methods.ts";
import { type UnknownPolicy, unknownPolicies } from "./names.ts";
import {
  checkProblems,
  examineRelevanceGraph,
  type Problem,
  type RelevanceGraph,
} from "./relevance-graph/build.ts";
import type { PictureSize } from "./relevance-graph/image.ts";

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
  /** Height and width of pictures, where the network leaves them open. */
  readonly size?: PictureSize | undefined;
  /** What to do with an operation that no rule covers; default `error`. */
  readonly unknown?: UnknownPolicy | undefined;
  /**
   * Pictures and targets of every run, where they are known beforehand: onnxruntime then plans the model in less time
   * and memory, but it takes no other numbers.
   */
  readonly runs?:
    | { readonly pictures?: number | undefined; readonly targets?: number | undefined }
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
}

export interface PreparedExplanation extends CompiledExplanation, Omit<ExaminedExplanation, "problems"> {
  /** Targets of every run, where that was fixed. */
  readonly targetCount: number | undefined;
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
  const method = methodByName(options.method ?? "sglrp");
  const parameters = { ...defaultParameters, ...options.parameters };
  const policy = unknownPolicies.find((known) => known === (options.unknown ?? "error"));
  if (policy === undefined) {
    const names = unknownPolicies.join(", ");
    throw new UserError("usage", `There is no way "${options.unknown}" over unknown operations: ${names}.`);
  }
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
  const { input, size, runs } = options;
  const canonical = await canonicalize(model, runtime, { input, size, pictures: runs?.pictures });
  const { graph, problems } = examineRelevanceGraph(canonical.model, canonical.shapes, canonical.image, {
    composite,
    output: options.output,
    unknown: policy,
  });
  const nodes = graph.nodes.filter(({ unknown }) => unknown !== undefined).map(({ node }) => nodeName(node));
  return {
    graph,
    method,
    record: {
      method: method.name,
      composite: composite.name,
      parameters,
      pixels: options.pixels,
      unknown: { policy, nodes },
    },
    notes: canonical.notes,
    dequantized: canonical.dequantized,
    problems: [...rivalless(method, graph), ...problems],
  };
}

/** A node's name, or that of what it makes. */
function nodeName({ name, outputs }: Node): string {
  return name || (outputs[0] ?? "");
}

function rivalless(method: Method, { head }: RelevanceGraph): Problem[] {
  if (method.name !== "sglrp" || head.kind !== "sigmoid") return [];
  const reason = `The network's output "${head.output}" is a Sigmoid: each class has a probability of its own, and none of them are rivals, so that SGLRP, which is made of a softmax's gradient, does not apply`;
  const error = new UserError("unsupported", `${reason}. Take --method lrp or clrp.`);
  return [{ node: undefined, reason, policies: [], error }];
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
  const { problems, ...examined } = await examineExplanation(model, runtime, options);
  checkProblems(problems);
  const { graph, method, record } = examined;
  const compiled = compile(graph, {
    method,
    pixels: options.pixels,
    targets: options.runs?.targets,
    conservation: options.conservation ?? false,
  });
  const metadata = { ...compiled.model.metadata, ...metadataOf(record, compiled, options.sourceHash) };
  const targetCount = options.runs?.targets;
  return { ...compiled, ...examined, targetCount, model: { ...compiled.model, metadata } };
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
      ...(record.unknown.nodes.length === 0 ? {} : { unknown: record.unknown }),
    }),
    "onnx-lrp.names": JSON.stringify(names),
    ...(sourceHash === undefined ? {} : { "onnx-lrp.source-sha256": sourceHash }),
  };
}
