/** The input that takes the picture, as the file declares it and as it is once its size is known. */
import {
  type DataType,
  type Dim,
  type Model,
  type Size,
  UserError,
  type ValueInfo,
} from "@onnx-lrp/onnx-loader";

/** Where the channels of a picture stand in the input. */
export type Layout = "nchw" | "nhwc";

/** The picture input as the file declares it. */
export interface DeclaredInputPort {
  readonly name: string;
  /** float32, or a type of whole numbers. */
  readonly type: DataType;
  readonly layout: Layout;
  readonly channels: number;
  /** undefined where the file leaves it open. */
  readonly height: number | undefined;
  readonly width: number | undefined;
  /** Pictures a run: a fixed number, or the symbol of a batch dimension that takes any number. */
  readonly batch: number | string;
  /** The axis that the file's shape lacks among N, C, H, W (or N, H, W, C): 0 the batch, 1 the only channel. */
  readonly missingAxis: 0 | 1 | undefined;
}

/** The picture input of a canonical model: four dimensions, of which at most the batch is open. */
export interface InputPort extends DeclaredInputPort {
  readonly height: number;
  readonly width: number;
  /** Shape with the batch as `Size`. */
  readonly dims: readonly Size[];
}

/** Height and width of a picture in pixels. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

const channelCounts = new Set([1, 3, 4]);
const numberTypes: ReadonlySet<string> = new Set([
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
]);
const shapes = "N x C x H x W or N x H x W x C with 1, 3 or 4 channels; N may be missing";

/**
 * Finds the input that takes the picture: channels first or last, with or without a batch dimension; or a grey picture
 * without a dimension for its channel.
 *
 * @param wanted the input's name, where the model has several
 * @throws UserError `unsupported` when there is no such input, `usage` when there are several
 */
export function findInputPort(model: Model, wanted?: string): DeclaredInputPort {
  const { inputs } = model.graph;
  const list = inputs.map(describeInput).join("; ");
  if (wanted !== undefined) {
    const input = inputs.find(({ name }) => name === wanted);
    if (input === undefined)
      throw new UserError("usage", `The model has no input "${wanted}". It has: ${list}.`);
    const picture = asPicture(input);
    if (picture === undefined) {
      throw new UserError(
        "unsupported",
        `The input ${describeInput(input)} is not a picture: it needs the shape ${shapes}.`,
      );
    }
    refuseOthers(inputs, picture);
    return picture;
  }
  const pictures = inputs.map(asPicture).filter((picture) => picture !== undefined);
  const [picture] = pictures;
  if (picture === undefined) {
    throw new UserError(
      "unsupported",
      `The model has no input that takes a picture (${shapes}). It has: ${list || "none"}. onnx-lrp explains image classifiers.`,
    );
  }
  if (pictures.length > 1) {
    throw new UserError(
      "usage",
      `The model has several inputs that could take the picture: ${list}. Say which: --input NAME.`,
    );
  }
  refuseOthers(inputs, picture);
  return picture;
}

/**
 * The picture input at a size.
 *
 * @param size what the file leaves open; what it fixes must agree
 * @throws UserError `usage` where neither the file nor `size` tells height and width, or they contradict each other
 */
export function sizedInputPort(picture: DeclaredInputPort, size: PictureSize | undefined): InputPort {
  const height = picture.height ?? size?.height;
  const width = picture.width ?? size?.width;
  const { name, layout, channels, batch } = picture;
  if (height === undefined || width === undefined) {
    throw new UserError(
      "usage",
      `The input "${name}" leaves the height or the width of pictures open; say at which size it is to see them: --size 224, or --size HEIGHTxWIDTH.`,
    );
  }
  if (size !== undefined && (size.height !== height || size.width !== width)) {
    throw wrongSize(picture, size);
  }
  const pictures: Size = typeof batch === "number" ? batch : { times: 1 };
  const dims = layout === "nchw" ? [pictures, channels, height, width] : [pictures, height, width, channels];
  return { ...picture, height, width, dims };
}

/** Names the sizes that the file fixes, and no size for what it leaves open. */
function wrongSize({ name, height, width }: DeclaredInputPort, asked: PictureSize): UserError {
  const size = `${asked.height} x ${asked.width}`;
  const reason =
    height !== undefined && width !== undefined
      ? `The input "${name}" takes pictures of ${height} x ${width} pixels (height x width) only, not ${size}.`
      : `The input "${name}" (height x width: ${height ?? "any"} x ${width ?? "any"}) does not take ${size}.`;
  return new UserError("usage", reason, { subject: { value: name, option: "size" } });
}

function refuseOthers(inputs: readonly ValueInfo[], picture: DeclaredInputPort): void {
  const others = inputs.filter(({ name }) => name !== picture.name);
  if (others.length > 0) {
    throw new UserError(
      "unsupported",
      `Besides the picture "${picture.name}" the model needs ${others.map(describeInput).join("; ")}, for which there is no value. ` +
        "Export it with the picture as its only input.",
    );
  }
}

function asPicture({ name, type }: ValueInfo): DeclaredInputPort | undefined {
  if (type?.dims === undefined || !numberTypes.has(type.type)) return undefined;
  const { dims } = type;
  if (dims.length === 4) return pictureOf(name, type.type, dims, undefined);
  if (dims.length !== 3) return undefined;
  const unbatched = pictureOf(name, type.type, [1, ...dims], 0);
  if (unbatched !== undefined) return unbatched;
  const [batch, ...rest] = dims;
  return pictureOf(name, type.type, [batch, 1, ...rest], 1);
}

function pictureOf(
  name: string,
  type: DataType,
  dims: readonly Dim[],
  lacks: DeclaredInputPort["missingAxis"],
): DeclaredInputPort | undefined {
  const [first, second, third, fourth] = dims;
  const batch = isOpen(first) ? (typeof first === "string" ? first : undefined) : first;
  if (batch === undefined) return undefined;
  const layout = isDepth(second) ? "nchw" : isDepth(fourth) ? "nhwc" : undefined;
  if (layout === undefined) return undefined;
  const [channels, height, width] = layout === "nchw" ? [second, third, fourth] : [fourth, second, third];
  if (typeof channels !== "number") return undefined;
  return {
    name,
    type,
    layout,
    channels,
    height: known(height),
    width: known(width),
    batch,
    missingAxis: lacks,
  };
}

function isDepth(dim: Dim): boolean {
  return typeof dim === "number" && channelCounts.has(dim);
}

/** Some exporters write an unknown size as 0 or -1. */
function isOpen(dim: Dim): boolean {
  return typeof dim !== "number" || dim <= 0;
}

function known(dim: Dim): number | undefined {
  return typeof dim === "number" && dim > 0 ? dim : undefined;
}

function describeInput({ name, type }: ValueInfo): string {
  if (type === undefined) return `"${name}" (no tensor)`;
  return `"${name}" (${type.type}, ${type.dims?.map((dim) => dim ?? "?").join(" x ") ?? "unknown shape"})`;
}
