/** The size of an input for a network that takes any size. */
import {
  type Axis,
  type DeclaredInputPort,
  type InputSize,
  inputKind,
  type PictureSize,
} from "@onnx-lrp/core";
import { placesOf } from "@onnx-lrp/core/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputSource } from "./picture-source.ts";
import type { Platform } from "./platform.ts";

/** Pixels beyond which a picture is not used at its own size: time and memory grow with them. */
const maxOwnPixels = 2 ** 20;

/** Whether the file fixes the size of inputs. */
export function hasFixedSize({ depth, height, width }: DeclaredInputPort): boolean {
  return depth !== undefined && height !== undefined && width !== undefined;
}

/**
 * The open sizes, from the input itself; a picture is resized to the size of the network's training, if known.
 *
 * @throws UserError `input` if the file cannot be read, or is too large to be used at its own size
 */
export async function sizeOfInput(
  platform: Platform,
  port: DeclaredInputPort,
  input: InputSource,
  trained?: PictureSize,
): Promise<InputSize> {
  const isArray = input.kind === "tensor" || input.kind === "values";
  if (!isArray && trained !== undefined) return trained;
  const own = isArray ? await arraySize(platform, port, input) : await pictureSizeOf(platform, port, input);
  return {
    depth: port.depth ?? own.depth,
    height: port.height ?? own.height,
    width: port.width ?? own.width,
  };
}

async function pictureSizeOf(
  platform: Platform,
  port: DeclaredInputPort,
  input: InputSource,
): Promise<InputSize> {
  const { path } = input;
  const own = await ownSize(platform, input);
  if (inputKind(port) === "picture" && own.height * own.width > maxOwnPixels) {
    throw new UserError(
      "input",
      `The network takes pictures of any size, and "${path}" has ${own.height} x ${own.width} pixels, too many to explain at that size.`,
      { subject: { file: path, option: "size" }, remedies: [{ kind: "option", option: "size" }] },
    );
  }
  return own;
}

async function ownSize(platform: Platform, input: InputSource): Promise<PictureSize> {
  if (input.kind === "pixels") return input.picture;
  return platform.pictureSize(
    input.kind === "encoded" ? { name: input.path, bytes: input.bytes } : input.path,
  );
}

async function shapeOf(
  platform: Platform,
  port: DeclaredInputPort,
  input: InputSource,
): Promise<readonly number[]> {
  if (input.kind === "values" && input.dims !== undefined) return input.dims;
  if (input.kind === "values") {
    throw new UserError(
      "input",
      `The input "${port.name}" leaves its size open, and values without a shape do not say it.`,
      {
        subject: { option: "size", value: port.name },
        remedies: [textRemedy("give a tensor with its shape"), { kind: "option", option: "size" }],
      },
    );
  }
  return (await platform.readArray(port.name, input.path)).shape;
}

/** Sizes of an array along the input's axes, with or without its batch and its only channel. */
async function arraySize(
  platform: Platform,
  port: DeclaredInputPort,
  input: InputSource,
): Promise<InputSize> {
  const { path } = input;
  const shape = await shapeOf(platform, port, input);
  const forms = [
    port.axes,
    port.axes.slice(1),
    port.axes.filter((axis) => axis !== "C"),
    placesOf(port.axes),
  ];
  const axes = forms.find(({ length }) => length === shape.length);
  if (axes === undefined) {
    throw new UserError(
      "input",
      `The array in "${path}" has the shape ${shape.join(" x ")}; the input "${port.name}" has the axes ${port.axes.join(" x ")}, of which N may be left out.`,
      { subject: { file: path } },
    );
  }
  const size = (letters: readonly Axis[]) => {
    const at = axes.findIndex((axis) => letters.includes(axis));
    return at === -1 ? undefined : shape[at];
  };
  return { depth: size(["D"]), height: size(["H"]), width: size(["W", "L"]) };
}
