import type { DeclaredInputPort } from "@onnx-lrp/core";

/** A picture in 8-bit sRGB, row by row from the top left. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** `height * width * 3` bytes; of a transparent pixel its hidden colour. */
  readonly rgb: Uint8Array;
  /** Opacity, `height * width` bytes; left out for a picture without transparency. */
  readonly alpha?: Uint8Array | undefined;
}

/** Red, green, blue and full opacity of each pixel, as `ImageData` has them. */
export function opaquePixels({ width, height, rgb }: Picture): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i += 1) {
    for (let c = 0; c < 3; c += 1) pixels[i * 4 + c] = rgb[i * 3 + c] ?? 0;
  }
  return pixels;
}

/** The numbers of channels that pictures can be given to a network with: grey, red green blue, and these with alpha. */
export type PictureChannels = 1 | 3 | 4;

export function isPictureChannels(channels: number): channels is PictureChannels {
  return channels === 1 || channels === 3 || channels === 4;
}

/** Whether pictures can be a network's input: it has height and width, also as a flat list, and as many channels as pictures. */
export function isPictureInput({
  axes,
  channels,
  depth,
  height = 1,
}: Pick<DeclaredInputPort, "axes" | "channels" | "depth" | "height">): boolean {
  const hasRows = axes.includes("H") || height > 1;
  return hasRows && !axes.includes("D") && (depth ?? 1) === 1 && isPictureChannels(channels);
}

/** A picture of any number of bands, such as a satellite's, with the numbers that its file holds. */
export interface BandPicture {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  /** `height * width * bands` numbers, pixel by pixel from the top left. */
  readonly data:
    | Uint8Array
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | Float32Array
    | Float64Array;
}
