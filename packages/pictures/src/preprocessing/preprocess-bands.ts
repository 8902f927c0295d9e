import type { BandPicture } from "../picture.ts";
import { perChannel, placementOf } from "./preprocess.ts";
import type { Preprocess } from "./preprocess-spec.ts";
import { resampleNumbers, resamplePlanes } from "./resample.ts";

/** What the network takes: one picture of `height` x `width` pixels, with as many channels as the picture has bands. */
export interface BandShape {
  readonly width: number;
  readonly height: number;
  readonly layout: "nchw" | "nhwc";
}

/**
 * Resizes, crops and normalizes a picture of any number of bands: the first band becomes the first channel, and each of its
 * numbers `(number * scale - mean) / std`. Bands of bytes are resized like colours, others without rounding.
 *
 * @returns numbers in the network's layout for a batch of one
 * @throws UserError "usage" if `spec` has numbers for another number of channels
 */
export function preprocessBands(
  picture: BandPicture,
  spec: Preprocess,
  { width, height, layout }: BandShape,
): Float32Array {
  const channels = picture.bands;
  const numbers = perChannel(spec, channels);
  const { left, top, ...size } = placementOf(picture, spec, { width, height });
  const region = { left, top, width, height };
  const resized =
    picture.data instanceof Uint8Array
      ? resamplePlanes(picture.data, channels, picture, size, region, spec)
      : resampleNumbers(picture.data, channels, picture, size, region, spec);
  const pixels = width * height;
  const [step, start] = layout === "nchw" ? [1, pixels] : [channels, 1];
  const data = new Float32Array(pixels * channels);
  numbers.forEach(({ mean, std }, channel) => {
    for (let i = 0; i < pixels; i += 1) {
      const value = resized[i * channels + channel] ?? 0;
      data[channel * start + i * step] = (value * spec.scale - mean) / std;
    }
  });
  return data;
}
