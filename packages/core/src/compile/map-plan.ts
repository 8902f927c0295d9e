/** How a map is made, and what an explanation model's inputs and outputs are called. */
import type {
  ActivationMapMethod,
  FullGradientMethod,
  GradientMethod,
  RelevanceMethod,
  SampledMethod,
} from "../methods.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { ImageInput } from "../relevance-graph/image.ts";
import type { SpatialLayer } from "../relevance-graph/layers.ts";
import type { Seed } from "../seeds/index.ts";
import type { SampleNames, SampleValues } from "./maps/sample-batch.ts";

/** What the inputs and outputs that were added are called; a name that the model has already gets a number. */
export interface ExplanationNames {
  /** int64 [N, K]: a class, or -r for the r-th most probable one. */
  readonly targets: string;
  /** int64 [N, K]: the class that each target is held against, only where asked for. */
  readonly against: string | undefined;
  /** float32 [N, classes] */
  readonly logits: string;
  /** int64 [N, K]: the classes that `targets` stood for. */
  readonly targetClasses: string;
  /** float32 [N, K, ...map] */
  readonly relevance: string;
  /** float32 [N, K]: what the map is to be multiplied with to be the one of the method's definition. */
  readonly seedScale: string;
  /** Of the variance of gradients, their mean: float32 [N, K, ...map]. */
  readonly mean: string | undefined;
  /** The pictures around the one that gradients are taken at, for methods that sample; inputs with a value of their own. */
  readonly samples: SampleNames | undefined;
  /** float32 [N, K, nodes, 5], only where asked for (conservation.ts). */
  readonly conservation: string | undefined;
}

/** How a map is made, with what of the network it takes. */
export type MapPlan =
  | { readonly method: RelevanceMethod; readonly seed: Seed }
  | {
      readonly method: GradientMethod;
      /** The reference picture, without the batch, where the method has one. */
      readonly reference: Float32Array | undefined;
    }
  | {
      readonly method: SampledMethod;
      readonly samples: SampleValues;
      /** Whether every run gives its own samples; else the model has these, and a run may give others. */
      readonly samplesAreInputs: boolean;
      /** The model's own input; the graph's is the samples. */
      readonly modelInput: ImageInput;
    }
  | { readonly method: FullGradientMethod }
  | {
      readonly method: ActivationMapMethod;
      readonly layer: SpatialLayer;
      /** For guided maps the way on from the layer to the picture, and all before it. */
      readonly guidedGraph: RelevanceGraph | undefined;
    };
