/** What compile() is to make of a relevance graph: a discriminated union over the kinds of maps. */

import type { InputPort } from "../input-port/input-port.ts";
import type {
  ActivationMapMethod,
  AttentionRolloutMethod,
  FullGradientMethod,
  GradientMethod,
  RelevanceMethod,
  SampledMethod,
} from "../methods/method.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { SpatialLayer } from "../relevance-graph/layers.ts";
import type { TokenAttention } from "../relevance-graph/token-attention.ts";
import type { Seed } from "../seeds/index.ts";
import type { SampleValues } from "./samples.ts";

interface PlanBase {
  /** Input of the explanation model; if the method takes samples, the input of the graph is the batch of them. */
  readonly modelInput: InputPort;
  /** Places relevance on the logits; a contrast has a seed of its own. */
  readonly seed: Seed;
}

export interface RelevancePlan extends PlanBase {
  readonly kind: "relevance";
  readonly method: RelevanceMethod;
}

export interface GradientPlan extends PlanBase {
  readonly kind: "gradient";
  readonly method: GradientMethod;
  /** Without the batch; undefined for methods that compare with none. */
  readonly baseline: Float32Array | undefined;
}

export interface SampledPlan extends PlanBase {
  readonly kind: "sampled";
  readonly method: SampledMethod;
  /** Without the batch; undefined for methods that compare with none. */
  readonly baseline: Float32Array | undefined;
  /** All samples that the method takes of each picture. */
  readonly allSamples: SampleValues;
  /** Those of one run: all, or as many as every run has. */
  readonly samples: SampleValues;
  /** true: sample tensors are required inputs; false: inputs with defaults, `samples`. */
  readonly samplesAreInputs: boolean;
}

export interface FullGradientPlan extends PlanBase {
  readonly kind: "full-gradient";
  readonly method: FullGradientMethod;
}

export interface ActivationMapPlan extends PlanBase {
  readonly kind: "activation-map";
  readonly method: ActivationMapMethod;
  readonly layer: SpatialLayer;
  /** For guided maps: the graph back to the picture, by guided backpropagation. */
  readonly guidedGraph: RelevanceGraph | undefined;
}

export interface AttentionRolloutPlan extends PlanBase {
  readonly kind: "attention-rollout";
  readonly method: AttentionRolloutMethod;
  readonly attention: TokenAttention;
}

export type MapPlan =
  | RelevancePlan
  | GradientPlan
  | SampledPlan
  | FullGradientPlan
  | ActivationMapPlan
  | AttentionRolloutPlan;

/** A method whose maps one model makes. */
export type MapMethod = MapPlan["method"];

export interface Plan<P extends MapPlan = MapPlan> {
  readonly plan: P;
  /** What the record of the explanation says of it. */
  readonly settings: Readonly<Record<string, unknown>>;
}
