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
import { findLayer, type Layer, spatialLayers } from "../relevance-graph/layers.ts";
import { authorsCodeSeed, type Seed } from "../seeds/index.ts";
import type { Canonical } from "./canonical.ts";
import { defaultReference, firstSamples, sampleValues, settledSamples } from "./samples.ts";

export function layerFor(
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

export interface Plan {
  readonly plan: MapPlan;
  readonly reference?: Float32Array | undefined;
  /** All samples of a picture, of which the plan may have the first few. */
  readonly samples?: SampleValues | undefined;
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

export function planFor(
  { method, composite, graph, layer, guide, canonical }: Found,
  options: ExplanationOptions,
): Plan {
  const { outer } = canonical;
  switch (method.kind) {
    case "relevance":
      return { plan: { method, seed: seedFor(method, composite) }, settings: {} };
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
      return { plan: { method, layer, guide }, settings: { layer: layer.name } };
    }
    case "black-box":
      throw new Error(`${method.name} has no model of its own; ${graph.head.output}`);
  }
}

function seedFor(method: Method & { readonly kind: "relevance" }, composite: Composite): Seed {
  const authors = composite.kind === "rules" && composite.conventions === "authors-code";
  return authors ? authorsCodeSeed(method.name) : method.seed;
}

function referenceName({ reference }: ExplanationOptions): unknown {
  return reference instanceof Float32Array ? "a picture" : (reference ?? 0);
}
