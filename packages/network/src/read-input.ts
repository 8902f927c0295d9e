/** A picture or tensor file as a network takes it, and as it is shown. */
import type { InputPort } from "@onnx-lrp/core";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputView, Picture, Preprocess, ViewOptions } from "@onnx-lrp/pictures";
import type { PictureBytes } from "@onnx-lrp/pictures/internal";
import type { InputSource } from "./picture-source.ts";
import type { Platform } from "./platform.ts";

export interface ReadInput {
  /** One input, row-major. */
  readonly data: Float32Array;
  /** What it looks like. */
  readonly view: InputView;
  /** Sentences on how the file's numbers came about; usually none. */
  readonly notes: readonly string[];
}

/**
 * What there is in a file for a network: one picture, or as many as an array has along a first axis of its own.
 *
 * @param look how it is shown
 */
export async function readInputs(
  platform: Platform,
  input: InputSource,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<readonly ReadInput[]> {
  switch (input.kind) {
    case "empty folder":
      throw new UserError(
        "input",
        `The folder "${input.path}" has no pictures (JPEG, PNG, WebP, GIF, TIFF, BMP) and no array files (.npy, .npz) in it.`,
        { subject: { file: input.path } },
      );
    case "tensor":
      return readTensors(platform, input.path, image, look);
    case "picture":
      return [await readPicture(platform, input.path, input.path, spec, image, look)];
    case "encoded": {
      const { path: name, bytes } = input;
      return [await readPicture(platform, { name, bytes }, name, spec, image, look)];
    }
    case "pixels":
      return [await pictureInput(input.picture, input.path, spec, image, look)];
    case "values":
      return valuesInput(input, image, look);
  }
}

/** What there is in a file that must hold one picture. */
export async function readInput(
  platform: Platform,
  input: InputSource,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput> {
  const items = await readInputs(platform, input, spec, image, look);
  const [only] = items;
  if (only !== undefined && items.length === 1) return only;
  throw new UserError(
    "input",
    `The array in "${input.path}" is a batch of ${items.length}, and one is needed here.`,
    { subject: { file: input.path }, remedies: [textRemedy("save the one to look at, such as array[0]")] },
  );
}

async function readPicture(
  platform: Platform,
  file: string | PictureBytes,
  name: string,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput> {
  const { preprocessBands, viewOfTensor } = await import("@onnx-lrp/pictures");
  const { firstBands } = await import("@onnx-lrp/pictures/internal");
  const { width, height, layout, channels } = image;
  const { kind, picture, notes } = await platform.decodeForChannels(file, channels);
  if (kind === "colours") return { ...(await pictureInput(picture, name, spec, image, look)), notes };
  const data = preprocessBands(picture, spec, { width, height, layout });
  const bands = look.bands ?? firstBands(channels);
  return { data, view: viewOfTensor(data, image, { ...look, bands }), notes };
}

async function pictureInput(
  picture: Picture,
  path: string,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput> {
  const { preprocess, viewOfTensor } = await import("@onnx-lrp/pictures");
  const { isPictureChannels } = await import("@onnx-lrp/pictures/internal");
  const { width, height, layout, channels, name } = image;
  if (isPictureChannels(channels)) {
    const { data, shown } = preprocess(picture, spec, { width, height, layout, channels });
    const view: InputView =
      look.bands === undefined ? { kind: "picture", picture: shown } : viewOfTensor(data, image, look);
    return { data, view, notes: [] };
  }
  throw new UserError(
    "input",
    `"${path}" is a picture, and the input "${name}" takes ${channels} channels; give a TIFF file of as many bands, or an array (.npy) of that shape.`,
    { subject: { file: path, value: name } },
  );
}

async function valuesInput(
  { path, data, dims }: Extract<InputSource, { kind: "values" }>,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput[]> {
  const { inputsOfArray } = await import("@onnx-lrp/pictures/internal");
  const { viewOfTensor } = await import("@onnx-lrp/pictures");
  const sizes = image.dims.slice(1).map(Number);
  const count = sizes.reduce((product, size) => product * size, 1);
  // Values without a shape are in the input's, if there are as many.
  const shape = dims ?? (data.length === count ? sizes : [data.length]);
  const items = inputsOfArray(data, shape, { dims: image.dims, path });
  return items.map((item) => ({ data: item, view: viewOfTensor(item, image, look), notes: [] }));
}

async function readTensors(
  platform: Platform,
  path: string,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput[]> {
  const { inputsOfArray, toFloat32 } = await import("@onnx-lrp/pictures/internal");
  const { viewOfTensor } = await import("@onnx-lrp/pictures");
  const { shape, data } = await platform.readArray(image.name, path);
  const items = inputsOfArray(toFloat32(data), shape, { dims: image.dims, path });
  return items.map((item) => ({ data: item, view: viewOfTensor(item, image, look), notes: [] }));
}
