/** What a kind of map is: how it is planned, and how relevance or gradients become one map. */
import { type Composite, conventionsOf } from "../../composites.ts";
import type { ExplanationOptions } from "../../explanation-options.ts";
import type { MapShape } from "../../heatmap.ts";
import type { InputPort } from "../../input-port/input-port.ts";
import type { EmitContext, PerTarget } from "../../operators/operator.ts";
import type { MapMethod, MapPlan, Plan } from "../../plan/map-plan.ts";
import type { ResolvedSampleOptions } from "../../plan/samples.ts";
import type { RelevanceGraph } from "../../relevance-graph/build.ts";
import type { SpatialLayer } from "../../relevance-graph/layers.ts";
import { type PixelBounds, sameForAllChannels } from "../../relevance-graph/pixel-bounds.ts";
import type { TokenAttention } from "../../relevance-graph/token-attention.ts";
import type { Balance } from "../../seeds/index.ts";
import type { BaselinePass } from "../baseline-pass.ts";
import { createBounds, createPictureMask } from "../bounds.ts";
import { createInputParts, createWeightParts } from "../layer-parts.ts";
import { type NodeAudit, type OtherShare, propagate } from "../propagate.ts";
import type { Samples } from "./sample-batch.ts";

export interface PlanRequest<M extends MapMethod = MapMethod> {
  readonly method: M;
  readonly composite: Composite;
  readonly modelInput: InputPort;
  /** Which samples the method takes, if it takes any. */
  readonly sampleOptions: ResolvedSampleOptions | undefined;
  /** The layer that the method explains, if it explains one. */
  readonly layer: SpatialLayer | undefined;
  /** The attention that the method multiplies, if it is made of that. */
  readonly attention: TokenAttention | undefined;
  readonly guidedGraph: RelevanceGraph | undefined;
}

/** With methods rather than functions as fields: one of many kinds can then be called with the plan of its own kind. */
export interface MapKind<P extends MapPlan> {
  /** @throws UserError `usage` for options that the method cannot take */
  plan(request: PlanRequest<P["method"]>, options: ExplanationOptions): Plan<P>;
  emit(context: MapContext, plan: P): EmittedMap;
}

export interface EmittedMap {
  /** [K, N, ...shape] */
  readonly value: string;
  /** Of the variance of gradients, their mean: [K, N, ...shape]. */
  readonly mean?: string | undefined;
  /** Shape of a map without picture and target. */
  readonly shape: MapShape;
}

/** What every kind of map is emitted with. */
export interface MapContext {
  readonly graph: RelevanceGraph;
  readonly emission: EmitContext;
  /** float32, in the shape of the model's input. */
  readonly picture: string;
  readonly pixels: PixelBounds | undefined;
  /** Only for methods that compare with a baseline. */
  readonly baseline: BaselinePass | undefined;
  /** Only for methods that take samples. */
  readonly samples: Samples | undefined;
  /** The seed per target, in the shape of the logits; followed by the rivals' if there are any. */
  readonly logitsSeed: string;
  /** Set if the relevance of K targets and of their rivals is propagated together, as that of 2 K targets. */
  readonly rivals: Rivals | undefined;
  readonly audit: ((node: NodeAudit) => void) | undefined;
  /** Told what goes to other inputs, if anybody wants to know. */
  readonly onOther: ((share: OtherShare) => void) | undefined;
}

export interface Rivals {
  /** How the two maps become one. */
  readonly balance: Balance;
  /** Arithmetic for K targets, for the two once they are apart. */
  readonly perTarget: PerTarget;
}

/** A map in the shape of the network's input. */
export function inputShape({ image }: RelevanceGraph): MapShape {
  return image;
}

/**
 * Propagates the seed through a graph.
 *
 * @returns per target, in the shape of the value that the graph attributes to
 */
export function propagateSeed(
  { emission, pixels, baseline, logitsSeed, onOther }: MapContext,
  graph: RelevanceGraph,
  audit?: (node: NodeAudit) => void,
): string {
  const { tape } = emission;
  const { image, prefix, shapes, composite } = graph;
  const shared = conventionsOf(composite)?.bounds === "shared";
  const box = shared && pixels !== undefined ? sameForAllChannels(pixels) : pixels;
  const context = {
    emission,
    inputs: createInputParts(
      tape,
      graph.neverNegative,
      createBounds(tape, image, prefix, shapes, box),
      createPictureMask(tape, image, prefix, shapes),
    ),
    weightPart: createWeightParts(tape),
    ...{ baseline, onOther },
  };
  return propagate(graph, context, logitsSeed, audit);
}
