import { type DataType, type Model, type Size, UserError, type ValueInfo } from "@onnx-lrp/onnx-loader";

/** Where the channels of a picture stand in the input. */
export type Layout = "nchw" | "nhwc";

/** The input that takes the picture. */
export interface ImageInput {
  readonly name: string;
  readonly type: DataType;
  readonly layout: Layout;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Pictures a run: a fixed number, or the symbol of a batch dimension that takes any number. */
  readonly batch: number | string;
  /** Shape with the batch as `Size`. */
  readonly dims: readonly Size[];
}

const depths = new Set([1, 3, 4]);

/**
 * Finds the input that takes the picture: the one with four dimensions, channels first or last.
 *
 * @param wanted the input's name, where the model has several
 * @throws UserError `unsupported` when there is no such input, or several
 */
export function findImage(model: Model, wanted?: string): ImageInput {
  const { inputs } = model.graph;
  const list = inputs.map(describeInput).join("; ");
  if (wanted !== undefined) {
    const input = inputs.find(({ name }) => name === wanted);
    if (input === undefined)
      throw new UserError("usage", `The model has no input "${wanted}". It has: ${list}.`);
    const image = asImage(input);
    if (image === undefined) {
      throw new UserError(
        "unsupported",
        `The input ${describeInput(input)} is not a picture: it needs the shape N x C x H x W or N x H x W x C with 1, 3 or 4 channels and a known height and width.`,
      );
    }
    refuseOthers(inputs, image);
    return image;
  }
  const images = inputs.map(asImage).filter((image) => image !== undefined);
  const [image] = images;
  if (image === undefined) {
    throw new UserError(
      "unsupported",
      `The model has no input that takes a picture (N x C x H x W or N x H x W x C with 1, 3 or 4 channels and a known height and width). It has: ${list || "none"}. onnx-lrp explains image classifiers.`,
    );
  }
  if (images.length > 1) {
    throw new UserError(
      "usage",
      `The model has several inputs that could take the picture: ${list}. Say which: --input NAME.`,
    );
  }
  refuseOthers(inputs, image);
  return image;
}

function refuseOthers(inputs: readonly ValueInfo[], image: ImageInput): void {
  const others = inputs.filter(({ name }) => name !== image.name);
  if (others.length > 0) {
    throw new UserError(
      "unsupported",
      `Besides the picture "${image.name}" the model needs ${others.map(describeInput).join("; ")}, for which there is no value. ` +
        "Export it with the picture as its only input.",
    );
  }
}

function asImage({ name, type }: ValueInfo): ImageInput | undefined {
  if (type?.dims?.length !== 4 || type.type !== "float32") return undefined;
  const [first, second, third, fourth] = type.dims;
  const batch =
    typeof first === "number" && first > 0 ? first : typeof first === "string" ? first : undefined;
  if (batch === undefined) return undefined;
  const layout: Layout | undefined =
    typeof second === "number" && depths.has(second)
      ? "nchw"
      : typeof fourth === "number" && depths.has(fourth)
        ? "nhwc"
        : undefined;
  if (layout === undefined) return undefined;
  const [channels, height, width] = layout === "nchw" ? [second, third, fourth] : [fourth, second, third];
  if (typeof channels !== "number" || typeof height !== "number" || typeof width !== "number")
    return undefined;
  const size: Size = typeof batch === "number" ? batch : { times: 1 };
  const dims = layout === "nchw" ? [size, channels, height, width] : [size, height, width, channels];
  return { name, type: type.type, layout, channels, height, width, batch, dims };
}

function describeInput({ name, type }: ValueInfo): string {
  if (type === undefined) return `"${name}" (no tensor)`;
  return `"${name}" (${type.type}, ${type.dims?.map((dim) => dim ?? "?").join(" x ") ?? "unknown shape"})`;
}
