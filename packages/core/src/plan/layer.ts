/** The layer that a class activation map is of. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { CanonicalModel } from "../canonicalize.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import type { Method } from "../methods/method.ts";
import type { OutputPort } from "../output-port/output-port.ts";
import { findLayer, type SpatialLayer, spatialLayers } from "../relevance-graph/layers.ts";

/**
 * @returns undefined for methods that are not of one layer
 * @throws UserError `usage` for a layer that the network does not have, or a method that takes none
 */
export function selectLayer(
  method: Method,
  { model: { graph }, shapes, image }: CanonicalModel,
  head: OutputPort,
  { layer }: ExplanationOptions,
): SpatialLayer | undefined {
  if (method.kind !== "activation-map") {
    if (layer === undefined) return undefined;
    throw new UserError(
      "usage",
      `The method ${method.name} does not explain a single layer, but was given the layer "${layer}".`,
      { subject: { method: method.name, option: "layer" }, remedies: [{ kind: "omit", option: "layer" }] },
    );
  }
  return findLayer(spatialLayers(graph, shapes, image, head.logits), layer, image);
}
