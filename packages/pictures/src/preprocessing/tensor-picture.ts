import type { InputPort, PixelBounds } from "@onnx-lrp/core";
import type { Picture } from "../picture.ts";

/** What a preprocessed tensor looks like: its lowest possible value black, its highest white, channel by channel. */
export function pictureOfTensor(
  data: Float32Array,
  { layout, channels, height, width }: Pick<InputPort, "layout" | "channels" | "height" | "width">,
  { low, high }: PixelBounds,
): Picture {
  const pixels = width * height;
  const [step, start] = layout === "nchw" ? [1, pixels] : [channels, 1];
  const rgb = new Uint8Array(pixels * 3);
  for (let c = 0; c < 3; c += 1) {
    const channel = Math.min(c, channels - 1);
    const [from = 0, to = 1] = [low[channel], high[channel]];
    for (let i = 0; i < pixels; i += 1) {
      const share = ((data[channel * start + i * step] ?? from) - from) / (to - from);
      rgb[i * 3 + c] = Math.round(255 * Math.min(Math.max(share, 0), 1));
    }
  }
  return { width, height, rgb };
}

/** The lowest and the highest number of an input, as what nobody says the range of is shown between. */
export function rangeOf(item: Float32Array, { channels }: Pick<InputPort, "channels">): PixelBounds {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of item) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > low)) [low, high] = [low - 1, low + 1];
  return { low: new Array<number>(channels).fill(low), high: new Array<number>(channels).fill(high) };
}
