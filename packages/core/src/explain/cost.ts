/** What a map costs by a method's options, before anything runs. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { PlaceShape } from "../grid/place-axes.ts";
import type { Method } from "../methods/method.ts";
import { kernelShapParameters } from "../perturbation/methods/kernel-shap.ts";
import { limeParameters } from "../perturbation/methods/lime.ts";
import { occlusionWindows } from "../perturbation/methods/occlusion.ts";
import { riseParameters } from "../perturbation/methods/rise.ts";
import { resolveSampleOptions } from "../plan/samples.ts";
import type { ExplainerOptions } from "./explanation.ts";

/**
 * Forward passes that one map of one input takes, or as much arithmetic; of KernelSHAP and Score-CAM at most.
 *
 * @param size of inputs
 * @param channels of the layer, for Score-CAM
 * @throws UserError `usage` for invalid options, and for Score-CAM without channels
 */
export function forwardPasses(
  method: Method,
  size: PlaceShape,
  options: ExplainerOptions = {},
  channels?: number,
): number {
  const { fixed, each } = method.cost;
  return each === undefined ? fixed : fixed + each.passes * countOf(method, size, options, channels);
}

function countOf(
  method: Method,
  size: PlaceShape,
  options: ExplainerOptions,
  channels: number | undefined,
): number {
  const { samples, segments, cells, window, stride } = options;
  if (method.kind === "sampled") return resolveSampleOptions(method, options).samples;
  switch (method.kind === "perturbation" ? method.perturbation : undefined) {
    case "occlusion":
      return occlusionWindows(size, { window, stride });
    case "rise":
      return riseParameters(size, { masks: samples, cells }).masks;
    case "lime":
      return limeParameters(size, { samples, segments }).samples;
    case "kernel-shap":
      return kernelShapParameters(size, { samples, segments }).samples;
    case "score-cam":
      if (channels !== undefined) return channels;
      throw new UserError("usage", "The cost of Score-CAM depends on the channels of its layer.");
    default:
      throw new Error(`${method.name} takes no samples`);
  }
}
