/** At which size a network that takes pictures of any size sees one. */
import type { DeclaredInputPort, PictureSize } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputFile } from "./inputs.ts";

/** Pixels beyond which a picture is not taken at its own size: time and memory grow with them. */
const largest = 2 ** 20;

/**
 * What the network leaves open, from the input itself; a picture is brought to the size of the network's training, if known.
 *
 * @throws UserError `input` where the file cannot be read, or is too large to be seen at its own size
 */
export async function sizeOfInput(
  picture: DeclaredInputPort,
  { path, kind }: InputFile,
  trained?: PictureSize,
): Promise<PictureSize> {
  if (kind !== "tensor" && trained !== undefined) return trained;
  const own = kind === "tensor" ? await tensorSize(picture, path) : await pixels(path);
  if (kind !== "tensor" && own.height * own.width > largest) {
    throw new UserError(
      "input",
      `The network takes pictures of any size, and "${path}" has ${own.height} x ${own.width} pixels, too many to explain at that size.`,
      { subject: { file: path, option: "size" }, remedies: [{ kind: "option", option: "size" }] },
    );
  }
  return { height: picture.height ?? own.height, width: picture.width ?? own.width };
}

async function pixels(path: string): Promise<PictureSize> {
  const { pictureSize } = await import("@onnx-lrp/node");
  return pictureSize(path);
}

/** Height and width of an array of the shape [N,] C, H, W or [N,] H, W, C, or without its only channel. */
async function tensorSize(
  { name, layout, missingAxis }: DeclaredInputPort,
  path: string,
): Promise<PictureSize> {
  const { readArrayFor } = await import("@onnx-lrp/node");
  const { shape } = await readArrayFor(name, path);
  const spatial =
    missingAxis === 1 ? shape.slice(-2) : layout === "nchw" ? shape.slice(-2) : shape.slice(-3, -1);
  const [height, width] = spatial;
  if (height === undefined || width === undefined) {
    throw new UserError(
      "input",
      `The array in "${path}" has the shape ${shape.join(" x ")}, which is not that of a picture.`,
      { subject: { file: path } },
    );
  }
  return { height, width };
}
