/** A picture or tensor file as a network takes it, and as it is shown. */
import type { InputPort } from "@onnx-lrp/core";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputView, Preprocess, ViewOptions } from "@onnx-lrp/pictures";
import type { InputFile } from "./inputs.ts";

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
  input: InputFile,
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
      return readTensors(input.path, image, look);
    case "picture":
      return [await readPicture(input.path, spec, image, look)];
  }
}

/** What there is in a file that must hold one picture. */
export async function readInput(
  input: InputFile,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput> {
  const items = await readInputs(input, spec, image, look);
  const [only] = items;
  if (only !== undefined && items.length === 1) return only;
  throw new UserError(
    "input",
    `The array in "${input.path}" is a batch of ${items.length}, and one is needed here.`,
    { subject: { file: input.path }, remedies: [textRemedy("save the one to look at, such as array[0]")] },
  );
}

async function readPicture(
  path: string,
  spec: Preprocess,
  image: InputPort,
  look: ViewOptions,
): Promise<ReadInput> {
  const { decodeForChannels } = await import("@onnx-lrp/node");
  const { firstBands, isPictureChannels, preprocess, preprocessBands, viewOfTensor } = await import(
    "@onnx-lrp/pictures"
  );
  const { width, height, layout, channels, name } = image;
  const { kind, picture, notes } = await decodeForChannels(path, channels);
  if (kind === "bands") {
    const data = preprocessBands(picture, spec, { width, height, layout });
    const bands = look.bands ?? firstBands(channels);
    return { data, view: viewOfTensor(data, image, { ...look, bands }), notes };
  }
  if (isPictureChannels(channels)) {
    const { data, shown } = preprocess(picture, spec, { width, height, layout, channels });
    const view: InputView =
      look.bands === undefined ? { kind: "picture", picture: shown } : viewOfTensor(data, image, look);
    return { data, view, notes };
  }
  throw new UserError(
    "input",
    `"${path}" is a picture, and the input "${name}" takes ${channels} channels; give a TIFF file of as many bands, or an array (.npy) of that shape.`,
    { subject: { file: path, value: name } },
  );
}

async function readTensors(path: string, image: InputPort, look: ViewOptions): Promise<ReadInput[]> {
  const { readInputArrays } = await import("@onnx-lrp/node");
  const { viewOfTensor } = await import("@onnx-lrp/pictures");
  const items = await readInputArrays(path, image);
  return items.map((data) => ({ data, view: viewOfTensor(data, image, look), notes: [] }));
}
