import type { ImageInput, PixelBounds } from "@onnx-lrp/core";
import ndarray from "ndarray";
import type { Picture } from "../picture.ts";

/** A tensor in the input's shape as a view with the axes channel, y, x, whatever the network's layout. */
export function channelView(
  data: Float32Array,
  { layout, channels, height, width }: ImageInput,
): ndarray.NdArray<Float32Array> {
  return layout === "nchw"
    ? ndarray(data, [channels, height, width])
    : ndarray(data, [height, width, channels]).transpose(2, 0, 1);
}

/** What a preprocessed tensor looks like: its lowest possible value black, its highest white, channel by channel. */
export function pictureOfTensor(data: Float32Array, image: ImageInput, { low, high }: PixelBounds): Picture {
  const view = channelView(data, image);
  const { width, height, channels } = image;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let c = 0; c < 3; c += 1) {
        const channel = Math.min(c, channels - 1);
        const [from = 0, to = 1] = [low[channel], high[channel]];
        const share = (view.get(channel, y, x) - from) / (to - from);
        rgb[(y * width + x) * 3 + c] = Math.round(255 * Math.min(Math.max(share, 0), 1));
      }
    }
  }
  return { width, height, rgb };
}
