/**
 * FullGrad (Srinivas and Fleuret 2019, Eq. 6 and 8): f(x) is the sum of input times input gradient and of every bias times
 * its gradient, and the map lays these over each other,
 *
 *     psi(x g_x) + sum over layers of sum_c psi(b_c g_c),   psi: absolute value, scaled to 0..1, enlarged to the input.
 *
 * An activation y = f(u) that is not of degree one has the implicit bias y - f'(u) u, a sum with a constant that constant.
 * What has no places of the input is no map and is left out, as in the paper's code.
 */

import { intValue as int, outputOf, type Tape } from "@onnx-lrp/onnx-loader";

import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { oneChannel } from "../../heatmap.ts";
import type { EmitContext } from "../../operators/operator.ts";
import { has, isOp } from "../../operators/traits.ts";
import type { FullGradientPlan } from "../../plan/map-plan.ts";
import type { RelevanceGraph } from "../../relevance-graph/build.ts";
import { type SpatialLayer, spatialLayers } from "../../relevance-graph/layers.ts";
import type { RelevanceNode } from "../../relevance-graph/node.ts";
import { oneHot } from "../../seeds/index.ts";
import { shapedBias } from "../linear-layer.ts";
import type { NodeAudit } from "../propagate.ts";
import { enlarge } from "../resample.ts";
import { asGrid } from "../token-grid.ts";
import { sumOverChannels } from "./channels.ts";
import { emitExtremes } from "./extremes.ts";
import { type MapKind, propagateSeed } from "./map-kind.ts";

export const fullGradientMap: MapKind<FullGradientPlan> = {
  plan: ({ method, modelInput }) => ({
    plan: { kind: "full-gradient", method, modelInput, seed: oneHot },
    settings: {},
  }),
  emit(context) {
    const { graph, emission, picture } = context;
    const layers = new Map(
      spatialLayers(graph.model.graph, graph.shapes, graph.image, graph.head.logits).map((layer) => [
        layer.value,
        layer,
      ]),
    );
    const terms: BiasTerm[] = [];
    const gradient = propagateSeed(context, graph, (audit) => {
      const layer = layers.get(audit.at.node.outputs[0] ?? "");
      const value = layer === undefined ? undefined : biasGradient(emission, audit);
      if (layer !== undefined && value !== undefined) {
        terms.push({ layer, value, dims: audit.at.site.shape(layer.value) });
      }
    });
    return { value: sumOfMaps(emission, graph, picture, gradient, terms), shape: oneChannel(graph.image) };
  },
};

/** A node's bias times its gradient, with the layer that the node's output is. */
interface BiasTerm {
  readonly layer: SpatialLayer;
  /** Per target, of shape `dims`. */
  readonly value: string;
  readonly dims: readonly Size[];
}

/**
 * A node's bias times its gradient.
 *
 * @returns per target, in the shape of the node's output; undefined where it has no bias
 */
function biasGradient(emission: EmitContext, { at, relevanceIn }: NodeAudit): string | undefined {
  const { node, site } = at;
  const r = relevanceIn[0];
  const bias = biasOf(emission, at);
  if (r === undefined || bias === undefined) return undefined;
  const dims = site.shape(outputOf(node));
  return emission.perTarget.mul(r, bias.value, dims, bias.dims);
}

function biasOf(
  emission: EmitContext,
  { behaviour, node, site }: RelevanceNode,
): { value: string; dims: readonly Size[] } | undefined {
  const { tape } = emission;
  if (behaviour.kind === "linear") {
    if (behaviour.bias === undefined) return undefined;
    return { value: shapedBias(tape, behaviour, behaviour.bias), dims: behaviour.biasDims };
  }
  // A constant over a signal, c / u, has the implicit bias 2 c / u.
  const homogeneous = has(node, "homogeneous") && !(isOp(node, "Div") && site.isSignal(1));
  if (behaviour.kind !== "pass" || homogeneous || typeof behaviour.derivative === "object") {
    return undefined;
  }
  const [x = "", y = ""] = [node.inputs[behaviour.input], node.outputs[0]];
  const dims = site.shape(y);
  const slope = typeof behaviour.derivative === "function" ? behaviour.derivative(emission).value : undefined;
  const linear = slope === undefined ? x : tape.emit("Mul", [x, slope]);
  return { value: tape.emit("Sub", [y, linear]), dims };
}

/**
 * @param gradient of the picture, per target, in the shape of the input
 * @returns [K, N, 1, ...places]
 */
function sumOfMaps(
  { tape, perTarget }: EmitContext,
  { image }: RelevanceGraph,
  pixels: string,
  gradient: string,
  terms: readonly BiasTerm[],
): string {
  const product = perTarget.split(perTarget.mul(gradient, pixels, image.dims, image.dims), image.dims);
  const first = sumOverChannels(tape, psi(tape, product), image);
  return terms.reduce((sum, { layer, value, dims }) => {
    const scaled = psi(tape, asGrid(tape, perTarget.split(value, dims), layer, 1));
    const channels = tape.emit("ReduceSum", [scaled, tape.ints([2])], { keepdims: int(1) });
    return tape.emit("Add", [sum, enlarge(tape, channels, layer, image, "corners")]);
  }, first);
}

/** Far below the range of any map; a map of zeros stays one. */
const rangeStabilizer = 1e-12;

/** The absolute value, scaled to 0..1 for each target and picture. @param value [K, N, ...] */
function psi(tape: Tape, value: string): string {
  const size = tape.emit("Abs", [value]);
  const shape = tape.emit("Shape", [size]);
  const flat = tape.emit("Reshape", [size, tape.ints([0, 0, -1])]);
  const { highest, lowest } = emitExtremes(tape, flat);
  const range = tape.emit("Add", [tape.emit("Sub", [highest, lowest]), tape.scalar(rangeStabilizer)]);
  return tape.emit("Reshape", [tape.emit("Div", [tape.emit("Sub", [flat, lowest]), range]), shape]);
}
