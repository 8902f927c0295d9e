/** The attention that attention rollout multiplies. */
import type { CanonicalModel } from "../canonicalize.ts";
import { gradientComposites } from "../composites.ts";
import type { Method } from "../methods/method.ts";
import type { OutputPort } from "../output-port/output-port.ts";
import { analyzeRelevanceGraph } from "../relevance-graph/build.ts";
import { spatialLayers } from "../relevance-graph/layers.ts";
import { findTokenAttention, type TokenAttention } from "../relevance-graph/token-attention.ts";

/**
 * @returns undefined for methods that are not made of it
 * @throws UserError `unsupported` for a network that has none over the same patches in all layers
 */
export function selectAttention(
  method: Method,
  { model, shapes, image }: CanonicalModel,
  head: OutputPort,
): TokenAttention | undefined {
  if (method.kind !== "attention-rollout") return undefined;
  // Operations without a derivative are none of its concern: the weights of all layers are found nevertheless.
  const { graph } = analyzeRelevanceGraph(model, shapes, image, {
    composite: gradientComposites.gradient,
    head,
  });
  return findTokenAttention(graph, spatialLayers(model.graph, shapes, image, head.logits));
}
