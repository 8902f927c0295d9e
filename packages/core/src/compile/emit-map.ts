/** Turns what is placed on the logits into one map, by the method's kind. */
import type { Tape } from "@onnx-lrp/onnx-loader";
import { conventionsOf } from "../composites.ts";
import type { MapShape } from "../heatmap.ts";
import type { GradientMethod } from "../methods.ts";
import type { EmitContext, PerTarget } from "../operators/operator.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { spatialLayers } from "../relevance-graph/layers.ts";
import { type PixelBounds, sameForAllChannels } from "../relevance-graph/pixel-bounds.ts";
import type { EmittedSeed } from "../seeds/index.ts";
import { balanced, halves } from "./balance.ts";
import type { BaselinePass } from "./baseline-pass.ts";
import { createBounds, createPictureMask } from "./bounds.ts";
import { createInputParts, createWeightParts } from "./layer-parts.ts";
import { emitActivationMap } from "./maps/activation-map.ts";
import { biasGradient, emitFullGradient } from "./maps/full-gradient.ts";
import { reduceSamples, type Samples } from "./maps/sample-batch.ts";
import { type NodeAudit, type PropagationContext, propagate } from "./propagate.ts";

/** What every kind of map is emitted with. */
export interface MapContext {
  readonly graph: RelevanceGraph;
  readonly tape: Tape;
  readonly emission: EmitContext;
  /** float32, in the shape of the input. */
  readonly picture: string;
  readonly pixels: PixelBounds | undefined;
  readonly baseline: BaselinePass | undefined;
  /** Arithmetic for K targets, also where the emission propagates 2 K. */
  readonly perTargetOnly: PerTarget;
  /** A seed [K, N, classes] in the shape of the logits, per target. */
  placed(seed: string): string;
}

/** Everything that turns relevance or gradients into one map. */
export function emitMap(
  context: MapContext,
  plan: MapPlan,
  placed: string,
  { rivals }: EmittedSeed,
  samples: Samples | undefined,
  audit: ((node: NodeAudit) => void) | undefined,
): { readonly value: string; readonly mean?: string | undefined; readonly map: MapShape } {
  const { graph, tape, emission, picture } = context;
  const { perTarget } = emission;
  const { image } = graph;
  const whole: MapShape = image;
  const single: MapShape = { channels: 1, height: image.height, width: image.width, layout: "nchw" };
  switch (plan.method.kind) {
    case "relevance": {
      const handed = propagate(graph, propagationContext(context, graph), placed, audit);
      if (rivals === undefined) return { value: perTarget.split(handed, image.dims), map: whole };
      const parts = halves(tape, handed, image.dims);
      const [target, others] = parts.map((part) => context.perTargetOnly.split(part, image.dims));
      const value = balanced(tape, [target ?? "", others ?? ""], image.dims.length + 1, rivals.balance);
      return { value, map: whole };
    }
    case "gradient": {
      const plain = propagate(graph, propagationContext(context, graph), placed, audit);
      const factor = timesOf(context, plan.method.times);
      const result = factor === undefined ? plain : perTarget.mul(plain, factor, image.dims, image.dims);
      return { value: perTarget.split(result, image.dims), map: whole };
    }
    case "sampled": {
      if (samples === undefined) throw new Error("samples were not emitted");
      const plain = propagate(graph, propagationContext(context, graph), placed);
      return {
        ...reduceSamples(tape, perTarget, plain, image.dims, plan.method.reduce, samples),
        map: whole,
      };
    }
    case "full-gradient":
      return { value: fullGradient(context, placed), map: single };
    case "activation-map": {
      if (!("layer" in plan)) throw new Error("an activation map needs a layer");
      const dims = graph.shapes.get(plan.layer.value)?.dims ?? [];
      const gradient = perTarget.split(propagate(graph, propagationContext(context, graph), placed), dims);
      const map = emitActivationMap(tape, plan.method.weighting, gradient, plan.layer, image);
      if (plan.guidedGraph === undefined) return { value: map, map: single };
      const guided = propagate(plan.guidedGraph, propagationContext(context, plan.guidedGraph), placed);
      const shaped =
        image.layout === "nchw"
          ? map
          : tape.emit("Reshape", [map, tape.ints([0, 0, image.height, image.width, 1])]);
      return { value: tape.emit("Mul", [perTarget.split(guided, image.dims), shaped]), map: whole };
    }
  }
  // What the picture is multiplied with must be per image.
  function timesOf({ tape: on }: MapContext, times: GradientMethod["times"]): string | undefined {
    switch (times) {
      case "none":
        return undefined;
      case "input":
        return picture;
      case "difference":
        return on.emit("Sub", [picture, context.baseline?.value(image.name) ?? ""]);
    }
  }
}

function fullGradient(context: MapContext, placed: string): string {
  const { graph, emission, picture } = context;
  const layers = new Map(
    spatialLayers(graph.model.graph, graph.shapes, graph.image, graph.head.logits).map((layer) => [
      layer.value,
      layer,
    ]),
  );
  const terms: Parameters<typeof emitFullGradient>[4][number][] = [];
  const gradient = propagate(graph, propagationContext(context, graph), placed, (audit) => {
    const layer = layers.get(audit.at.node.outputs[0] ?? "");
    const value = layer === undefined ? undefined : biasGradient(emission, audit);
    if (layer !== undefined && value !== undefined) {
      terms.push({ layer, value, dims: audit.at.site.shape(layer.value) });
    }
  });
  return emitFullGradient(emission, graph, picture, gradient, terms);
}

function propagationContext(
  { tape, emission, pixels, baseline }: MapContext,
  graph: RelevanceGraph,
): PropagationContext {
  const { image, prefix, shapes, composite } = graph;
  const shared = conventionsOf(composite)?.bounds === "shared";
  const box = shared && pixels !== undefined ? sameForAllChannels(pixels) : pixels;
  return {
    emission,
    inputs: createInputParts(
      tape,
      graph.neverNegative,
      createBounds(tape, image, prefix, shapes, box),
      createPictureMask(tape, image, prefix, shapes),
    ),
    weightPart: createWeightParts(tape),
    baseline,
  };
}
