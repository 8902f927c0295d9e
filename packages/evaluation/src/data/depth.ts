import type { InputPort } from "@onnx-lrp/core";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";

/** @throws UserError "unsupported" if the network takes four channels: pictures are read without transparency */
export function depthOf({ channels, name }: Pick<InputPort, "channels" | "name">): 1 | 3 {
  if (channels === 1 || channels === 3) return channels;
  throw new UserError(
    "unsupported",
    `The network's input "${name}" has ${channels} channels, but pictures are read with one or three.`,
    { remedies: [textRemedy("evaluate a network with one or three channels")] },
  );
}
