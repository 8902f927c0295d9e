/** What the numbers of an input look like. */
import type { PixelBounds } from "@onnx-lrp/core";
import { type Axes, type Grid, placeCount, placesOf, strides } from "@onnx-lrp/core/maps";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { isPictureChannels } from "../picture.ts";
import { pictureOfTensor, rangeOf } from "../preprocessing/tensor-picture.ts";
import type { InputView } from "./view.ts";

export interface ViewedInput extends Grid {
  readonly axes: Axes;
}

/** How the numbers of an input are shown. */
export interface ViewOptions {
  /** Lowest and highest number of each channel, black and white in a picture of 1, 3 or 4 channels; left out, the input's own. */
  readonly pixels?: PixelBounds | undefined;
  /** Channels to show as grey, or as red, green and blue, from 0; left out, the first. */
  readonly bands?: readonly number[] | undefined;
  readonly names?: readonly string[] | undefined;
}

/** What is drawn: features that the network itself puts into the form of a picture or a signal are one. */
export function viewKind({
  axes,
  channels,
  depth,
  height,
}: Omit<ViewedInput, "layout" | "width">): InputView["kind"] {
  if (depth > 1 || axes.includes("D")) return "volume";
  if (height > 1 || axes.includes("H")) return isPictureChannels(channels) ? "picture" : "bands";
  return placesOf(axes).includes("F") && channels === 1 ? "features" : "signal";
}

/**
 * @param data one input, row-major
 * @throws UserError `usage` for bands of what is no picture, or that it does not have
 */
export function viewOfTensor(data: Float32Array, input: ViewedInput, options: ViewOptions): InputView {
  const { bands, names, pixels } = options;
  const kind = viewKind(input);
  if (bands !== undefined) checkBands(bands, kind, input.channels);
  switch (kind) {
    case "picture":
      return bands === undefined
        ? { kind, picture: pictureOfTensor(data, input, pixels ?? rangeOf(data, input)) }
        : bandsView(data, input, bands, names);
    case "bands":
      return bandsView(data, input, bands ?? firstBands(input.channels), names);
    case "signal": {
      const { channels, width: length } = input;
      return { kind, channels, length, values: channelsFirst(data, input), names };
    }
    case "volume": {
      const { channels, depth, height, width } = input;
      return { kind, channels, depth, height, width, grey: greyOf(data, input), names };
    }
    case "features":
      return { kind, values: data, names };
  }
}

/** The channels that are shown unless others are asked for: the first three, or of two the first. */
export function firstBands(channels: number): number[] {
  return channels < 3 ? [0] : [0, 1, 2];
}

/** @param bands from 0 */
function checkBands(bands: readonly number[], kind: InputView["kind"], channels: number): void {
  const subject = { option: "bands" };
  if (kind !== "picture" && kind !== "bands") {
    throw new UserError("usage", "Bands can be chosen for pictures only, and this network takes none.", {
      subject,
    });
  }
  const beyond = bands.find((band) => band < 0 || band >= channels);
  if (beyond !== undefined) {
    throw new UserError(
      "usage",
      `The input has no channel ${beyond + 1}: it has ${channels}, which are counted from 1.`,
      { subject },
    );
  }
}

function bandsView(
  data: Float32Array,
  input: ViewedInput,
  shown: readonly number[],
  names: readonly string[] | undefined,
): InputView {
  const { channels, height, width } = input;
  const step = strides(input);
  const pixels = placeCount(input);
  const rgb = new Uint8Array(pixels * 3);
  const planes = shown.map((channel) =>
    stretched(
      Float32Array.from({ length: pixels }, (_, i) => data[channel * step.channel + i * step.place] ?? 0),
    ),
  );
  for (let i = 0; i < pixels; i += 1) {
    for (let c = 0; c < 3; c += 1) rgb[i * 3 + c] = planes[Math.min(c, planes.length - 1)]?.[i] ?? 0;
  }
  return { kind: "bands", picture: { width, height, rgb }, channels, shown, names };
}

/** The percentiles that become black and white, so that a few outliers do not flatten the rest. */
const stretch = { low: 2, high: 98 };

/** Bytes from 0 to 255: the 2nd percentile is black, the 98th white. What is no number is black; of one number alone, grey. */
function stretched(values: Float32Array): Uint8Array {
  const sorted = values.filter(Number.isFinite).sort();
  const at = (percent: number) => sorted[Math.round(((sorted.length - 1) * percent) / 100)] ?? 0;
  let [low, high] = [at(stretch.low), at(stretch.high)];
  // Nearly everywhere the same number: what differs from it is what there is to see.
  if (low === high) [low, high] = [at(0), at(100)];
  return Uint8Array.from(values, (value) => {
    if (!Number.isFinite(value)) return 0;
    if (low === high) return 128;
    return Math.round(255 * Math.min(Math.max((value - low) / (high - low), 0), 1));
  });
}

function greyOf(data: Float32Array, input: ViewedInput): Uint8Array {
  const step = strides(input);
  const means = Float32Array.from({ length: placeCount(input) }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < input.channels; c += 1) sum += data[c * step.channel + i * step.place] ?? 0;
    return sum / input.channels;
  });
  return stretched(means);
}

/** The numbers of each channel, one after another. */
export function channelsFirst(data: Float32Array, grid: Grid): Float32Array {
  if (grid.layout === "nchw") return data;
  const places = placeCount(grid);
  const step = strides(grid);
  return Float32Array.from(
    { length: places * grid.channels },
    (_, i) => data[Math.floor(i / places) * step.channel + (i % places) * step.place] ?? 0,
  );
}
