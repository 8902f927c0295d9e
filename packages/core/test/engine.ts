/** Explainers for composites and seeds that the product does not name. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { boundsFor, openSession } from "@onnx-lrp/test-kit/explain";
import * as ort from "onnxruntime-node";
import { type CanonicalModel, canonicalize } from "../src/canonicalize.ts";
import { compile } from "../src/compile/compile.ts";
import { type CompiledExplainer, type Composite, defaultParameters, methods } from "../src/index.ts";
import { buildRelevanceGraph, createPreparedExplainer } from "../src/internal.ts";
import type { Rule } from "../src/rules/index.ts";
import type { Seed } from "../src/seeds/index.ts";

/** A model's canonical form, which many composites are tried on. */
const canonicalized = new WeakMap<Model, CanonicalModel>();

/** An explainer for a composite that the product's table does not have, such as one rule everywhere. */
export async function explainerWith(
  model: Model,
  composite: Composite,
  seed: Seed = methods.sglrp.seed,
): Promise<CompiledExplainer> {
  const method = { ...methods.sglrp, seed };
  const pixels = boundsFor(model);
  const canonical = await (canonicalized.get(model) ?? canonicalize(model, ort));
  canonicalized.set(model, canonical);
  const graph = buildRelevanceGraph(canonical.model, canonical.shapes, canonical.image, { composite });
  const { notes, dequantized, image: modelInput } = canonical;
  const plan = { kind: "relevance", method, seed, modelInput } as const;
  const compiled = compile(graph, plan, { pixels });
  const record = {
    method: method.name,
    composite: composite.name,
    parameters: defaultParameters,
    pixels,
    unknown: { policy: "error", nodes: [] },
    settings: {},
  } as const;
  const analysis = { graph, method, record, notes, dequantized, modelInput, problems: [] };
  const prepared = { analysis, plan, compiled };
  return createPreparedExplainer(ort, prepared, await openSession(compiled.model), 3);
}

/** One rule at every layer. */
export function everywhere(rule: Rule): Composite {
  return { kind: "rules", name: "test", rules: { first: rule, conv: rule, dense: rule, other: rule } };
}
