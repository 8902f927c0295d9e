/** How a method's map is made of a network: what compile/ is told. */
import { producers, UserError } from "@onnx-lrp/onnx-loader";
import type { CanonicalModel } from "../canonicalize.ts";
import { type Composite, conventionsOf } from "../composites.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import type { Method } from "../methods.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { findHead } from "../relevance-graph/head.ts";
import { findLayer, type SpatialLayer, spatialLayers } from "../relevance-graph/layers.ts";
import type { Seed } from "../seeds/index.ts";
import { baselineImage, baselineName } from "./baseline.ts";
import type { Canonical } from "./canonical.ts";
import type { MapPlan } from "./map-plan.ts";
import type { SampleValues } from "./samples.ts";
import { drawSamples, resolveSampleOptions, sliceSamples } from "./samples.ts";

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
  readonly baseline?: Float32Array | undefined;
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
      const baseline = needs ? baselineImage(modelInput, options.baseline) : undefined;
      return {
        plan: { method, baseline },
        baseline,
        settings: needs ? { baseline: baselineName(options.baseline) } : {},
      };
    }
    case "sampled": {
      const settled = resolveSampleOptions(method, options);
      const baseline = baselineImage(modelInput, options.baseline);
      const samples = drawSamples(method, settled, modelInput, baseline, options);
      const { fixedSizes } = options;
      const part =
        fixedSizes?.samples === undefined ? samples : sliceSamples(samples, fixedSizes.samples, modelInput);
      return {
        plan: { method, samples: part, samplesAreInputs: fixedSizes?.samples !== undefined, modelInput },
        baseline: method.samples === "noise" ? undefined : baseline,
        samples,
        settings: {
          ...settled,
          ...(method.samples === "noise" ? {} : { baseline: baselineName(options.baseline) }),
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
  return conventionsOf(composite)?.seeds(method.name) ?? method.seed;
}
