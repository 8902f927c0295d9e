/** How a method's map is made of a network: what compile/ is told. */
import { producers, UserError } from "@onnx-lrp/onnx-loader";
import type { CanonicalModel } from "../canonicalize.ts";
import type { MapPlan } from "../compile/map-plan.ts";
import type { SampleValues } from "../compile/maps/sample-batch.ts";
import type { Composite } from "../composites.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import type { Method } from "../methods.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { findHead } from "../relevance-graph/head.ts";
import { findLayer, type SpatialLayer, spatialLayers } from "../relevance-graph/layers.ts";
import { authorsCodeSeed, type Seed } from "../seeds/index.ts";
import type { Canonical } from "./canonical.ts";
import { baselineImage, drawSamples, resolveSampleOptions, sliceSamples } from "./samples.ts";

export function selectLayer(
  method: Method,
  { model: { graph }, shapes, image }: CanonicalModel,
  { layer, output }: ExplanationOptions,
): SpatialLayer | undefined {
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

export interface Plan {
  readonly plan: MapPlan;
  readonly reference?: Float32Array | undefined;
  /** All samples of a picture, of which the plan may have the first few. */
  readonly samples?: SampleValues | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

interface PlanInputs {
  readonly method: Method;
  readonly composite: Composite;
  readonly graph: RelevanceGraph;
  readonly layer: SpatialLayer | undefined;
  readonly guide: RelevanceGraph | undefined;
  readonly canonical: Canonical;
}

export function createMapPlan(
  { method, composite, graph, layer, guide, canonical }: PlanInputs,
  options: ExplanationOptions,
): Plan {
  const { modelInput } = canonical;
  switch (method.kind) {
    case "relevance":
      return { plan: { method, seed: selectSeed(method, composite) }, settings: {} };
    case "gradient": {
      const needs = method.composite.activations === "rescale";
      const reference = needs ? baselineImage(modelInput, options.baseline) : undefined;
      return {
        plan: { method, reference },
        reference,
        settings: needs ? { reference: referenceName(options) } : {},
      };
    }
    case "sampled": {
      const settled = resolveSampleOptions(method, options);
      const reference = baselineImage(modelInput, options.baseline);
      const samples = drawSamples(method, settled, modelInput, reference, options);
      const { runs } = options;
      const part = runs?.samples === undefined ? samples : sliceSamples(samples, runs.samples, modelInput);
      return {
        plan: { method, samples: part, samplesAreInputs: runs?.samples !== undefined, modelInput },
        reference: method.samples === "noise" ? undefined : reference,
        samples,
        settings: {
          ...settled,
          ...(method.samples === "noise" ? {} : { reference: referenceName(options) }),
        },
      };
    }
    case "full-gradient":
      return { plan: { method }, settings: {} };
    case "activation-map": {
      if (layer === undefined) throw new Error(`${method.name} without a layer`);
      return { plan: { method, layer, guidedGraph: guide }, settings: { layer: layer.name } };
    }
    case "perturbation":
      throw new Error(`${method.name} has no model of its own; ${graph.head.output}`);
  }
}

function selectSeed(method: Method & { readonly kind: "relevance" }, composite: Composite): Seed {
  const authors = composite.kind === "rules" && composite.conventions === "authors-code";
  return authors ? authorsCodeSeed(method.name) : method.seed;
}

function referenceName({ baseline }: ExplanationOptions): unknown {
  return baseline instanceof Float32Array ? "a picture" : (baseline ?? 0);
}
