/**
 * Class activation maps of a layer A [C, h, w] with g = dz_t/dA, and of signals [C, l] and volumes [C, d, h, w] alike. The
 * map is the positive part of a weighted sum of the channels, enlarged linearly along each axis to the input:
 *
 *     cam         sum_c w_tc A_c, w the dense layer's weights, which h w g is; both signs      Zhou et al. 2016, Eq. 2
 *     grad-cam    sum_c mean(g_c) A_c                                           Selvaraju et al. 2017, Eq. 1 and 2
 *     grad-cam++  sum_c sum(a_c max(g_c, 0)) A_c,  a = g² / (2 g² + g³ sum(A_c))      Chattopadhay et al. 2018, Eq. 19
 *     hirescam    sum_c g_c A_c                                                     Draelos and Carin 2020, Eq. 3
 *     layercam    sum_c max(g_c, 0) A_c                                                Jiang et al. 2021, Eq. 4 and 5
 */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import { placeCount } from "../../grid/grid.ts";
import type { PlaceShape } from "../../grid/place-axes.ts";
import { oneChannel } from "../../heatmap.ts";
import type { ActivationMapMethod } from "../../methods/method.ts";
import { divideOrZero } from "../../operators/stabilize.ts";
import type { ActivationMapPlan } from "../../plan/map-plan.ts";
import type { SpatialLayer } from "../../relevance-graph/layers.ts";
import { oneHot } from "../../seeds/index.ts";
import { enlarge } from "../resample.ts";
import { asGrid } from "../token-grid.ts";
import { timesMap } from "./channels.ts";
import { inputShape, type MapKind, propagateSeed } from "./map-kind.ts";

export const activationMap: MapKind<ActivationMapPlan> = {
  plan({ method, modelInput, layer, guidedGraph }) {
    if (layer === undefined) throw new Error(`${method.name} without a layer`);
    return {
      plan: { kind: "activation-map", method, modelInput, seed: oneHot, layer, guidedGraph },
      settings: { layer: layer.name },
    };
  },
  emit(context, { method, layer, guidedGraph }) {
    const { graph, emission } = context;
    const { tape, perTarget } = emission;
    const { image, shapes } = graph;
    const dims = shapes.get(layer.value)?.dims ?? [];
    const gradient = asGrid(tape, perTarget.split(propagateSeed(context, graph), dims), layer, 1);
    const activations = asGrid(tape, layer.value, layer, 0);
    const map = weightedActivations(tape, method.weighting, gradient, activations, layer, image);
    if (guidedGraph === undefined) return { value: map, shape: oneChannel(graph.image) };
    const guided = propagateSeed(context, guidedGraph);
    const value = timesMap(tape, perTarget.split(guided, image.dims), map, image);
    return { value, shape: inputShape(graph) };
  },
};

/** A smaller divisor counts as zero: 2 + g S that is near 0 is what rounding leaves of 2. */
const zeroDivisor = 1e-7;

/**
 * @param gradient [K, N, C, ...sizes]
 * @param activations [N, C, ...sizes]
 * @returns [K, N, 1, ...places]
 */
function weightedActivations(
  tape: Tape,
  weighting: ActivationMapMethod["weighting"],
  gradient: string,
  activations: string,
  layer: SpatialLayer,
  input: PlaceShape,
): string {
  const places = tape.ints(layer.sizes.map((_, i) => i + 3));
  const channels = tape.ints([2]);
  const over = (value: string, axes: string) => tape.emit("ReduceSum", [value, axes], { keepdims: int(1) });
  const times = (a: string, b: string) => tape.emit("Mul", [a, b]);
  const area = placeCount(layer);

  const weights = (): string => {
    switch (weighting) {
      case "hirescam":
        return gradient;
      case "cam":
        return times(gradient, tape.scalar(area));
      case "layercam":
        return tape.emit("Relu", [gradient]);
      case "grad-cam":
        return times(over(gradient, places), tape.scalar(1 / area));
      case "grad-cam++":
        return plusPlus();
    }
  };
  const plusPlus = (): string => {
    const sums = tape.emit("ReduceSum", [activations, tape.ints(layer.sizes.map((_, i) => i + 2))], {
      keepdims: int(1),
    });
    // g² / (2 g² + g³ S) is 1 / (2 + g S) where g is not 0; there the weight is 0 either way.
    const divisor = tape.emit("Add", [times(gradient, sums), tape.scalar(2)]);
    return over(divideOrZero(tape, tape.emit("Relu", [gradient]), divisor, zeroDivisor), places);
  };
  const sum = over(times(weights(), activations), channels);
  const map = weighting === "cam" ? sum : tape.emit("Relu", [sum]);
  return enlarge(tape, map, layer, input);
}
