import type { InputPort } from "../input-port/input-port.ts";
import type {
  ActivationMapMethod,
  FullGradientMethod,
  GradientMethod,
  RelevanceMethod,
  SampledMethod,
} from "../methods.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { SpatialLayer } from "../relevance-graph/layers.ts";
import type { Seed } from "../seeds/index.ts";
import type { SampleValues } from "./samples.ts";

/** How a map is made, with what of the network it takes. */
export type MapPlan =
  | { readonly method: RelevanceMethod; readonly seed: Seed }
  | {
      readonly method: GradientMethod;
      /** Without the batch; undefined for methods that need none. */
      readonly baseline: Float32Array | undefined;
    }
  | {
      readonly method: SampledMethod;
      readonly samples: SampleValues;
      /** Whether every run gives its own samples; else the model has these, and a run may give others. */
      readonly samplesAreInputs: boolean;
      /** The model's own input; the graph's is the samples. */
      readonly modelInput: InputPort;
    }
  | { readonly method: FullGradientMethod }
  | {
      readonly method: ActivationMapMethod;
      readonly layer: SpatialLayer;
      /** For guided maps the way on from the layer to the picture, and all before it. */
      readonly guidedGraph: RelevanceGraph | undefined;
    };
