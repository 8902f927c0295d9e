/** What an input looks like, as plain data: what maps of it are drawn on. */
import type { Picture } from "../picture.ts";

/** How an input's channels are called; those without a name are counted from 1. */
interface Named {
  readonly names?: readonly string[] | undefined;
}

/** A picture in colours or grey. */
export interface PictureView {
  readonly kind: "picture";
  readonly picture: Picture;
}

/** A picture of any number of channels, of which one (grey) or three (red, green and blue) are shown. */
export interface BandsView extends Named {
  readonly kind: "bands";
  readonly picture: Picture;
  readonly channels: number;
  /** Those that are shown, from 0; none where the picture is empty. */
  readonly shown: readonly number[];
}

/** Channels over time. */
export interface SignalView extends Named {
  readonly kind: "signal";
  readonly channels: number;
  readonly length: number;
  /** Channel by channel, `channels * length` numbers. */
  readonly values: Float32Array;
}

/** A volume in grey. */
export interface VolumeView extends Named {
  readonly kind: "volume";
  readonly channels: number;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  /** The mean of the channels, 0 (black) to 255, `depth * height * width` bytes. */
  readonly grey: Uint8Array;
}

/** Numbers without an order in space or time. */
export interface FeaturesView extends Named {
  readonly kind: "features";
  readonly values: Float32Array;
}

/** What an input looks like, by its kind. */
export type InputView = PictureView | BandsView | SignalView | VolumeView | FeaturesView;

/** The name of a channel or a feature: "V1", or "channel 3". */
export function channelName(
  { names, kind }: Pick<SignalView | BandsView | VolumeView | FeaturesView, "names" | "kind">,
  index: number,
): string {
  return names?.[index] ?? `${kind === "features" ? "feature" : "channel"} ${index + 1}`;
}
