/** A picture or tensor file as a network takes it, and as it is shown. */
import type { InputPort, PixelBounds } from "@onnx-lrp/core";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Preprocess, Preprocessed } from "@onnx-lrp/pictures";
import type { InputFile } from "./inputs.ts";

export interface ReadInput extends Preprocessed {
  /** Sentences on how the file's numbers came about; usually none. */
  readonly notes: readonly string[];
}

/**
 * What there is in a file for a network: one picture, or as many as an array has along a first axis of its own.
 *
 * @param pixels lowest and highest pixel, which a tensor is shown between
 */
export async function readInputs(
  input: InputFile,
  spec: Preprocess,
  image: InputPort,
  pixels: PixelBounds | undefined,
): Promise<readonly ReadInput[]> {
  switch (input.kind) {
    case "empty folder":
      throw new UserError(
        "input",
        `The folder "${input.path}" has no pictures (JPEG, PNG, WebP, GIF, TIFF, BMP) and no array files (.npy, .npz) in it.`,
        { subject: { file: input.path } },
      );
    case "tensor":
      return readTensors(input.path, image, pixels);
    case "picture":
      return [await readPicture(input.path, spec, image)];
  }
}

/** What there is in a file that must hold one picture. */
export async function readInput(
  input: InputFile,
  spec: Preprocess,
  image: InputPort,
  pixels: PixelBounds | undefined,
): Promise<ReadInput> {
  const items = await readInputs(input, spec, image, pixels);
  const [only] = items;
  if (only !== undefined && items.length === 1) return only;
  throw new UserError(
    "input",
    `The array in "${input.path}" is a batch of ${items.length}, and one is needed here.`,
    { subject: { file: input.path }, remedies: [textRemedy("save the one to look at, such as array[0]")] },
  );
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

async function readTensors(
  path: string,
  image: InputPort,
  pixels: PixelBounds | undefined,
): Promise<ReadInput[]> {
  const { readArrayFor, toFloat32 } = await import("@onnx-lrp/node");
  const { pictureOfTensor, rangeOf } = await import("@onnx-lrp/pictures");
  const { shape, data } = await readArrayFor(image.name, path);
  const sizes = image.dims.slice(1).map(Number);
  const count = itemsOf(shape, sizes);
  if (count === undefined) {
    throw new UserError(
      "input",
      `The array in "${path}" has the shape ${shape.join(" x ")}; the model takes N x ${sizes.join(" x ")}, with any N.`,
      { subject: { file: path } },
    );
  }
  const values = toFloat32(data);
  const length = values.length / count;
  return Array.from({ length: count }, (_, i) => {
    const item = values.subarray(i * length, (i + 1) * length);
    return { data: item, shown: pictureOfTensor(item, image, pixels ?? rangeOf(item, image)), notes: [] };
  });
}

/**
 * How many pictures an array of a shape holds, undefined where it does not fit: one where it has the network's sizes, as many
 * as its first axis says where the others have them.
 */
function itemsOf(shape: readonly number[], sizes: readonly number[]): number | undefined {
  if (sameButOnes(shape, sizes)) return 1;
  const [first = 0, ...others] = shape;
  return first > 0 && sameButOnes(others, sizes) ? first : undefined;
}

/** Axes of one element, such as a batch or a grey picture's channel, may be there or not. */
function sameButOnes(a: readonly number[], b: readonly number[]): boolean {
  const [left, right] = [a, b].map((sizes) => sizes.filter((size) => size !== 1));
  return left?.join() === right?.join();
}
