import type { InputPort } from "@onnx-lrp/core";
import { namedColour, type Preprocess } from "@onnx-lrp/pictures";
import { depthOf } from "./depth.ts";

/**
 * The colour of hidden pixels: the mean colour of the network's training set (`namedColour`).
 *
 * @returns one number per channel, in the network's channel order
 * @throws UserError "usage" if `spec` has three means or stds and the network one channel, "unsupported" if the network takes
 * four channels
 */
export function meanColour(spec: Preprocess, image: Pick<InputPort, "channels" | "name">): number[] {
  return namedColour("mean", spec, depthOf(image));
}
