/** A picture or tensor file as a network takes it, and as it is shown. */
import type { InputPort, PixelBounds } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Preprocess, Preprocessed } from "@onnx-lrp/pictures";
import type { InputFile } from "./inputs.ts";

export interface ReadInput extends Preprocessed {
  /** Sentences on how the file's numbers came about; usually none. */
  readonly notes: readonly string[];
}

/** @param pixels lowest and highest pixel, which a tensor is shown between */
export async function readInput(
  input: InputFile,
  spec: Preprocess,
  image: InputPort,
  pixels: PixelBounds,
): Promise<ReadInput> {
  switch (input.kind) {
    case "empty folder":
      throw new UserError(
        "input",
        `The folder "${input.path}" has no pictures (JPEG, PNG, WebP, GIF, TIFF, BMP) and no array files (.npy, .npz) in it.`,
        { subject: { file: input.path } },
      );
    case "tensor":
      return readTensor(input.path, image, pixels);
    case "picture":
      return readPicture(input.path, spec, image);
  }
}

async function readPicture(path: string, spec: Preprocess, image: InputPort): Promise<ReadInput> {
  const { decodeForChannels } = await import("@onnx-lrp/node");
  const { isPictureChannels, preprocess, preprocessBands } = await import("@onnx-lrp/pictures");
  const { width, height, layout, channels, name } = image;
  const { kind, picture, notes } = await decodeForChannels(path, channels);
  if (kind === "bands") return { ...preprocessBands(picture, spec, { width, height, layout }), notes };
  if (isPictureChannels(channels)) {
    return { ...preprocess(picture, spec, { width, height, layout, channels }), notes };
  }
  throw new UserError(
    "input",
    `"${path}" is a picture, and the input "${name}" takes ${channels} channels; give a TIFF file of as many bands, or an array (.npy) of that shape.`,
    { subject: { file: path, value: name } },
  );
}

async function readTensor(path: string, image: InputPort, pixels: PixelBounds): Promise<ReadInput> {
  const { readArrayFor, toFloat32 } = await import("@onnx-lrp/node");
  const { pictureOfTensor } = await import("@onnx-lrp/pictures");
  const { shape, data } = await readArrayFor(image.name, path);
  const sizes = image.dims.slice(1).map(Number);
  if (!sameButOnes(shape, sizes)) {
    throw new UserError(
      "input",
      `The array in "${path}" has the shape ${shape.join(" x ")}; the model takes 1 x ${sizes.join(" x ")}.`,
      { subject: { file: path } },
    );
  }
  const values = toFloat32(data);
  return { data: values, shown: pictureOfTensor(values, image, pixels), notes: [] };
}

/** Axes of one element, such as a batch or a grey picture's channel, may be there or not. */
function sameButOnes(a: readonly number[], b: readonly number[]): boolean {
  const [left, right] = [a, b].map((sizes) => sizes.filter((size) => size !== 1));
  return left?.join() === right?.join();
}
