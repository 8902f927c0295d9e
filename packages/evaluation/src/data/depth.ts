import type { InputPort } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";

/** @throws UserError "unsupported" if the network takes four channels: pictures are read without transparency */
export function depthOf({ channels, name }: Pick<InputPort, "channels" | "name">): 1 | 3 {
  if (channels === 1 || channels === 3) return channels;
  throw new UserError(
    "unsupported",
    `The network's input "${name}" has ${channels} channels, and pictures are read with one or three; evaluate a network of one or three.`,
  );
}
