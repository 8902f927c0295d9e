import { type InputPort, inputKind } from "@onnx-lrp/core";
import { namedColour, type Preprocess } from "@onnx-lrp/pictures";

/**
 * The value of hidden places: of pictures the mean colour of the network's training set (`namedColour`), of what is no
 * picture of one or three channels 0.
 *
 * @returns one number per channel, in the network's channel order
 * @throws UserError "usage" if `spec` has three means or stds and the network one channel
 */
export function meanColour(spec: Preprocess, image: Pick<InputPort, "channels" | "axes">): number[] {
  const { channels } = image;
  if (inputKind(image) !== "picture" || !(channels === 1 || channels === 3))
    return new Array<number>(channels).fill(0);
  return namedColour("mean", spec, channels);
}
