/** Options of all methods that query the network many times, as users give them, and the method that they make. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { PerAxis } from "../grid/place-axes.ts";
import type { PerturbationMethod } from "../methods/method.ts";
import type { Scorer } from "../network/scorer.ts";
import { edge } from "./methods/edge.ts";
import { kernelShap, kernelShapParameters } from "./methods/kernel-shap.ts";
import { lime, limeParameters } from "./methods/lime.ts";
import { occlusion, occlusionParameters } from "./methods/occlusion.ts";
import { random } from "./methods/random.ts";
import { rise, riseParameters } from "./methods/rise.ts";
import { scoreCam } from "./methods/score-cam.ts";
import type { Perturbation } from "./perturbation.ts";

export interface PerturbationOptions {
  /** The class score that the method explains; default `probability`. */
  readonly score?: "probability" | "logit" | undefined;
  /** Number of masks of RISE, or of altered pictures of LIME and KernelSHAP. */
  readonly samples?: number | undefined;
  /** Occlusion: the window's sides in places, and how far it moves: one number, or one for each axis. */
  readonly window?: PerAxis | undefined;
  readonly stride?: PerAxis | undefined;
  /** RISE: cells along a mask's side. */
  readonly cells?: number | undefined;
  /** LIME and KernelSHAP: superpixels. */
  readonly segments?: number | undefined;
}

/** The method, and the parameters that it has in the end. */
export function perturbationFor(
  { perturbation }: PerturbationMethod,
  { image, layer, activations }: Scorer,
  { samples, window, stride, cells, segments }: PerturbationOptions,
): { readonly run: Perturbation; readonly settings: Readonly<Record<string, unknown>> } {
  switch (perturbation) {
    case "occlusion":
      return {
        run: occlusion({ window, stride }),
        settings: { ...occlusionParameters(image, { window, stride }) },
      };
    case "rise": {
      // Centred, so that 0 is what does not matter.
      const options = { masks: samples, cells, centred: true };
      return { run: rise(options), settings: { ...riseParameters(image, options) } };
    }
    case "lime": {
      const options = { samples, segments };
      return { run: lime(options), settings: { ...limeParameters(image, options) } };
    }
    case "kernel-shap": {
      const options = { samples, segments };
      return { run: kernelShap(options), settings: { ...kernelShapParameters(image, options) } };
    }
    case "score-cam": {
      if (layer === undefined || activations === undefined) {
        throw new UserError("usage", "Score-CAM needs a layer's activations.");
      }
      const { name, channels, depth, height, width } = layer;
      return {
        run: async (context) => {
          const values = await activations(context.picture);
          return scoreCam({ activations: { values, channels, depth, height, width } })(context);
        },
        settings: { layer: name },
      };
    }
    case "random":
      return { run: random(), settings: {} };
    case "edge":
      return { run: edge(), settings: {} };
  }
}
