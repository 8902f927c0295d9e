/** The numbers that a picture file holds, as libvips decodes them: no colour management, no scaling, nothing composed. */
import { limit } from "@onnx-lrp/onnx-loader";
import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";

export type SampleData =
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** What the samples of a pixel are: `grey` and `rgb` perhaps with further samples, `cmyk` as inks, 0 for none. */
export type SampleSpace = "grey" | "rgb" | "cmyk";

/** How many bands make a colour. */
export const colourBands = { grey: 1, rgb: 3, cmyk: 4 } as const satisfies Record<SampleSpace, number>;

export interface Samples {
  readonly width: number;
  readonly height: number;
  /** Samples of one pixel. */
  readonly bands: number;
  readonly space: SampleSpace;
  /** `height * width * bands` numbers, pixel by pixel from the top left. */
  readonly data: SampleData;
}

/** Pixels of a picture. */
export const largestPicture = 200e6;
const mostBands = 1024;

/** Why a file that libvips can read is not decoded: the end of a sentence that begins with the file. */
export class UndecodableError extends Error {
  /** What to do, where that is not to give another kind of picture: a command without a full stop. */
  readonly remedy: string | undefined;

  constructor(reason: string, { remedy, cause }: { remedy?: string; cause?: unknown } = {}) {
    super(reason, cause === undefined ? {} : { cause });
    this.remedy = remedy;
  }
}

/** @param pages 1 for the first, -1 for all, one below another */
export function openSharp(bytes: Uint8Array, pages: 1 | -1 = 1): Sharp {
  const options: SharpOptions = {
    limitInputPixels: largestPicture,
    limitInputChannels: mostBands,
    // Pictures with harmless oddities (stray bytes between JPEG markers) are common; halves are not.
    failOn: "error",
    ignoreIcc: true,
    ...(pages === 1 ? {} : { pages }),
  };
  return sharp(bytes, options);
}

/**
 * Decodes a picture, turned as its EXIF orientation says.
 *
 * @throws UndecodableError for a kind of samples that is not known, and what libvips throws of damaged files
 */
export async function decodeSamples(
  bytes: Uint8Array,
  metadata: Metadata,
  pages: 1 | -1 = 1,
): Promise<Samples> {
  const { space, depth, channels, width, height } = metadata;
  if (!isKnownDepth(depth)) throw new UndecodableError(`has samples of the kind "${depth}"`);
  const most = limit("pictureBytes");
  if (width * height * channels * bytesPerSample(depth) > most) {
    throw new UndecodableError(`takes more than ${Math.floor(most / 2 ** 20)} MiB when decoded`, {
      remedy: `make it smaller first, or raise the limit (ONNX_LRP_LIMITS="pictureBytes=${2 * most}")`,
    });
  }
  const image = openSharp(bytes, pages).autoOrient();
  // A colour space is named only to have none converted. Of grey ones sharp would give the first band alone: as "srgb" it
  // repeats that band twice, and keeps the others.
  const isGrey = space === "b-w";
  if (space === "cmyk") image.pipelineColourspace("cmyk");
  const { data, info } = await image
    .toColourspace(isGrey ? "srgb" : space)
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  const numbers = views[depth](data);
  const unique = isGrey ? withoutFirst(numbers, info.channels, 2) : numbers;
  return {
    width: info.width,
    height: info.height,
    bands: isGrey ? info.channels - 2 : info.channels,
    space: spaceOf(space),
    data: unique,
  };
}

export function spaceOf(space: string): SampleSpace {
  if (space === "cmyk") return "cmyk";
  if (["b-w", "grey16"].includes(space)) return "grey";
  if (["srgb", "rgb", "rgb16", "scrgb"].includes(space)) return "rgb";
  throw new UndecodableError(`has the colour space "${space}"`);
}

/** Signed bytes are taken for unsigned ones, as PIL does. */
const views = {
  uchar: (data: Buffer) => new Uint8Array(data.buffer, data.byteOffset, data.length),
  char: (data: Buffer) => new Uint8Array(data.buffer, data.byteOffset, data.length),
  short: (data: Buffer) => new Int16Array(aligned(data)),
  ushort: (data: Buffer) => new Uint16Array(aligned(data)),
  int: (data: Buffer) => new Int32Array(aligned(data)),
  uint: (data: Buffer) => new Uint32Array(aligned(data)),
  float: (data: Buffer) => new Float32Array(aligned(data)),
  double: (data: Buffer) => new Float64Array(aligned(data)),
} as const;

type Depth = keyof typeof views;

function isKnownDepth(depth: string | undefined): depth is Depth {
  return depth !== undefined && Object.hasOwn(views, depth);
}

function bytesPerSample(depth: Depth): number {
  return views[depth](Buffer.alloc(0)).BYTES_PER_ELEMENT;
}

function aligned(data: Buffer): ArrayBuffer {
  return new Uint8Array(data).buffer;
}

/** Without the first `count` of every `bands` numbers. */
function withoutFirst(data: SampleData, bands: number, count: number): SampleData {
  return data.filter((_, i) => i % bands >= count);
}
