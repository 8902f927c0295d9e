import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Picture, PictureChannels } from "../picture.ts";
import { defaultCropRatio, type Preprocess } from "./preprocess-spec.ts";
import { resample } from "./resample.ts";

/** What the network takes: one picture of `height` x `width` pixels. */
export interface InputShape {
  readonly width: number;
  readonly height: number;
  readonly channels: PictureChannels;
  readonly layout: "nchw" | "nhwc";
}

/** A picture as the network takes it, and as it looks then. */
export interface Preprocessed {
  /** `channels * height * width` numbers in the network's layout, for a batch of one. */
  readonly data: Float32Array;
  /** What the network sees, before the numbers: the picture at its size, that a heat map lies on. */
  readonly shown: Picture;
}

/**
 * Resizes, crops and normalizes a picture for a network. One channel is the picture's luma, a fourth its opacity; without
 * one, transparency is ignored, so that hidden colours count, as after PIL's `convert("RGB")`.
 *
 * @throws UserError "usage" if `spec` has numbers for another number of channels
 */
export function preprocess(picture: Picture, spec: Preprocess, shape: InputShape): Preprocessed {
  const tables = byteTables(spec, shape.channels);
  const shown = resize(picture, spec, shape);
  const pixels = shape.width * shape.height;
  const planes = planesOf(shown, shape.channels, spec.order);
  const data = new Float32Array(pixels * shape.channels);
  const [step, start] = shape.layout === "nchw" ? [1, pixels] : [shape.channels, 1];
  planes.forEach((plane, channel) => {
    const table = tables[channel] ?? new Float32Array(256);
    for (let i = 0; i < pixels; i++) data[channel * start + i * step] = table[plane[i] ?? 0] ?? 0;
  });
  return { data, shown };
}

/**
 * The lowest and the highest number that a pixel of each channel can have after preprocessing, in the
 * network's channel order; `low` is never above `high`, even if a scale or std is negative.
 *
 * @throws UserError "usage" if `spec` has numbers for another number of channels
 */
export function pixelBounds(spec: Preprocess, channels: number): { low: number[]; high: number[] } {
  const ends = perChannel(spec, channels).map(({ mean, std }) => {
    const [black, white] = [(0 - mean) / std, (255 * spec.scale - mean) / std];
    return [Math.min(black, white), Math.max(black, white)] as const;
  });
  return { low: ends.map(([low]) => low), high: ends.map(([, high]) => high) };
}

/** Whether the preprocessing has numbers for that many channels. */
export function fitsChannels({ mean, std }: Preprocess, channels: number): boolean {
  return [mean, std].every((list) => list.length === channels || list.every((value) => value === list[0]));
}

/**
 * Mean and standard deviation of each channel.
 *
 * @throws UserError "usage" if `spec` has numbers for another number of channels
 */
export function perChannel(spec: Preprocess, channels: number): { mean: number; std: number }[] {
  const values = (field: "mean" | "std"): number[] => {
    const list = spec[field];
    const [first] = list;
    if (list.length === channels) return [...list];
    if (first !== undefined && list.every((value) => value === first)) {
      return new Array<number>(channels).fill(first);
    }
    throw new UserError(
      "usage",
      `The preprocessing "${spec.name}" has ${list.length} numbers under "${field}", and the model takes ` +
        `${channels === 1 ? "one channel" : `${channels} channels`}.`,
      {
        subject: { option: "preprocess" },
        remedies: [
          { kind: "option", option: "preprocess", values: ["unit", "none"] },
          textRemedy("give a JSON file with numbers for each channel"),
        ],
      },
    );
  };
  const std = values("std");
  return values("mean").map((mean, channel) => ({ mean, std: std[channel] ?? 1 }));
}

/** A byte has 256 values: each channel's formula is worked out once for each of them. */
function byteTables(spec: Preprocess, channels: PictureChannels): Float32Array[] {
  return perChannel(spec, channels).map(({ mean, std }) =>
    Float32Array.from({ length: 256 }, (_, byte) => (byte * spec.scale - mean) / std),
  );
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Where a picture's pixels go: it is resized to `width` x `height`, of which the network's input begins at `left`, `top`; below
 * 0 if there is a margin.
 */
export interface Placement extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * How `preprocess` lays a picture into the network's input. The centre of the input's pixel x lies at
 * `(left + x + 0.5) * picture.width / width` of the picture, y likewise; pixels begin at integers.
 */
export function placementOf(picture: Size, spec: Preprocess, { width, height }: Size): Placement {
  switch (spec.fit) {
    case "squash":
      return { width, height, left: 0, top: 0 };
    case "crop": {
      const size = coveringSize(picture, spec, { width, height });
      return { ...size, left: half(size.width - width), top: half(size.height - height) };
    }
    case "pad": {
      const size = containedSize(picture, { width, height });
      // An odd pixel goes to the right and to the bottom, as in Ultralytics' LetterBox.
      return {
        ...size,
        left: 0 - Math.floor((width - size.width) / 2),
        top: 0 - Math.floor((height - size.height) / 2),
      };
    }
  }
}

function resize(picture: Picture, spec: Preprocess, { width, height, channels }: InputShape): Picture {
  const { left, top, ...size } = placementOf(picture, spec, { width, height });
  const seen = channels === 4 ? picture : { ...picture, alpha: undefined };
  return resample(seen, size, { left, top, width, height }, spec);
}

/** The size, of the picture's own aspect, that just fits into the input. */
function containedSize(picture: Size, { width, height }: Size): Size {
  const share = Math.min(width / picture.width, height / picture.height);
  const fitted = (side: number, most: number) => Math.min(most, Math.max(1, Math.round(side * share)));
  return { width: fitted(picture.width, width), height: fitted(picture.height, height) };
}

/**
 * The size, of the picture's own aspect, that just covers the crop divided by its ratio. The tighter side is
 * rounded and the other cut off, as torchvision does, so that the same pixels come out as in training.
 */
function coveringSize(picture: Size, spec: Preprocess, crop: Size): Size {
  const ratio = spec.cropRatio ?? defaultCropRatio;
  const width = Math.round(crop.width / ratio);
  const height = Math.round(crop.height / ratio);
  if (width * picture.height >= height * picture.width) {
    return { width, height: Math.max(height, Math.floor((width * picture.height) / picture.width)) };
  }
  return { width: Math.max(width, Math.floor((height * picture.width) / picture.height)), height };
}

/** Half of a margin; of two equally near pixels the even one, like Python's `round`, and so torchvision's crop. */
function half(margin: number): number {
  const floor = Math.floor(margin / 2);
  return margin % 2 === 1 && floor % 2 === 1 ? floor + 1 : floor;
}

/** ITU-R 601-2, in the fixed-point arithmetic of PIL's "L". */
function luma({ rgb }: Picture): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [r = 0, g = 0, b = 0] = rgb.subarray(i * 3, i * 3 + 3);
    return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  });
}

function planesOf(picture: Picture, channels: PictureChannels, order: Preprocess["order"]): Uint8Array[] {
  if (channels === 1) return [luma(picture)];
  const colours = splitColours(picture, order);
  if (channels === 3) return colours;
  return [...colours, picture.alpha ?? new Uint8Array(picture.width * picture.height).fill(255)];
}

function splitColours({ rgb }: Picture, order: "rgb" | "bgr"): Uint8Array[] {
  const offsets = order === "rgb" ? [0, 1, 2] : [2, 1, 0];
  return offsets.map((offset) =>
    Uint8Array.from({ length: rgb.length / 3 }, (_, i) => rgb[i * 3 + offset] ?? 0),
  );
}
