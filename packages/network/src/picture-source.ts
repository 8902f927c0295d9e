/** Pictures and tensors as programs have them. */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Picture } from "@onnx-lrp/pictures";

/** A picture or tensor to explain, or a folder without any. */
export interface InputFile {
  readonly path: string;
  readonly kind: "picture" | "tensor" | "empty folder";
}

/** Pixels without a file: 8-bit red, green, blue and opacity, row by row from the top left, as a canvas' `ImageData` has them. */
export interface RawPicture {
  readonly width: number;
  readonly height: number;
  /** `height * width * 4` bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Numbers as the network takes them, after any preprocessing; an onnxruntime `Tensor` of type float32 is one. */
export interface TensorSource {
  /** Row-major. */
  readonly data: Float32Array;
  /** The input's shape, with or without a batch of one. */
  readonly dims: readonly number[];
}

/** What a `Blob` or `File` is here: something that gives its bytes. */
export interface BytesSource {
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * What a network can be asked about: the path of a picture (JPEG, PNG, WebP, GIF, TIFF, BMP) or of an array (.npy, .npz); the
 * bytes of a picture file (a `Buffer` too, or an `ArrayBuffer`) or a `Blob` of them; pixels; or a tensor, as a `Float32Array` in the input's shape
 * without the batch or with its shape.
 */
export type PictureSource =
  | string
  | Uint8Array
  | ArrayBuffer
  | BytesSource
  | RawPicture
  | Float32Array
  | TensorSource;

/** An input that a program holds in memory; `path` is what errors call it. */
type InputInMemory =
  | { readonly kind: "encoded"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: "pixels"; readonly path: string; readonly picture: Picture }
  | {
      readonly kind: "values";
      readonly path: string;
      readonly data: Float32Array;
      /** undefined where only the number of values says how large the input is. */
      readonly dims: readonly number[] | undefined;
    };

export type InputSource = InputFile | InputInMemory;

/**
 * @param name what errors call it, if it has no path
 * @throws UserError `input` for pixels or a tensor whose size and number of values differ, or for something else
 */
export async function inputSourceOf(source: PictureSource, name = "the input"): Promise<InputSource> {
  if (typeof source === "string") return { path: source, kind: kindOf(source) };
  if (source instanceof Float32Array) return { kind: "values", path: name, data: source, dims: undefined };
  if (source instanceof Uint8Array) return { kind: "encoded", path: name, bytes: source };
  if (source instanceof ArrayBuffer) return { kind: "encoded", path: name, bytes: new Uint8Array(source) };
  if (typeof source !== "object" || source === null || Array.isArray(source) || "href" in source)
    throw noPicture(source);
  if ("dims" in source) {
    const { data, dims } = source;
    const count = dims.reduce((product, size) => product * size, 1);
    if (data instanceof Float32Array && data.length === count)
      return { kind: "values", path: name, data, dims };
    throw inputError(
      `A tensor must have float32 values, as many as its shape says; got ${data.length} for ${dims.join(" x ")}.`,
    );
  }
  if ("width" in source) return { kind: "pixels", path: name, picture: pictureOf(source) };
  if (typeof source.arrayBuffer === "function") {
    return { kind: "encoded", path: name, bytes: new Uint8Array(await source.arrayBuffer()) };
  }
  throw noPicture(source);
}

function noPicture(source: unknown): UserError {
  return new UserError(
    "input",
    "A picture must be a path, the bytes of a file, a Blob, pixels, or a tensor.",
    {
      remedies: [
        ...(Array.isArray(source) ? [textRemedy("use explainEach for several pictures")] : []),
        ...(source instanceof URL ? [textRemedy("give the path that fileURLToPath(url) is")] : []),
      ],
    },
  );
}

function pictureOf({ width, height, data }: RawPicture): Picture {
  const pixels = width * height;
  if (!Number.isInteger(pixels) || pixels < 1 || data.length !== pixels * 4) {
    throw inputError(
      `Pixels must have four bytes each (red, green, blue, opacity); got ${data.length} bytes for ${width} x ${height} pixels.`,
    );
  }
  const rgb = new Uint8Array(pixels * 3);
  const alpha = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i += 1) {
    rgb.set(data.subarray(i * 4, i * 4 + 3), i * 3);
    alpha[i] = data[i * 4 + 3] ?? 255;
  }
  return alpha.every((value) => value === 255) ? { width, height, rgb } : { width, height, rgb, alpha };
}

function inputError(reason: string): UserError {
  return new UserError("input", reason);
}

/** What a file is, by its name. */
export function kindOf(path: string): "picture" | "tensor" {
  return /[^/\\]\.np[yz]$/i.test(path) ? "tensor" : "picture";
}
