/**
 * Colours that stand for no picture, as the network takes them: what hidden pixels are set to, and what a picture is held
 * against.
 *
 * The mean colour is that of the network's training set. A preprocessing that subtracts the training set's mean says what
 * it is: 0 in every channel. The means 0 and half the range (0.5, 127.5, 128) are conventions and say nothing; then it is
 * ImageNet's mean colour, carried through the preprocessing.
 */
import type { PictureChannels } from "../picture.ts";
import { pixelBounds } from "./preprocess.ts";
import { type Preprocess, preprocessPresets } from "./preprocess-spec.ts";

/** The names of the colours that stand for no picture. */
export const colourNames = ["mean", "black", "grey", "white"] as const;

/** The name of a colour that stands for no picture. */
export type ColourName = (typeof colourNames)[number];

/** Red, green, blue from 0 to 1. */
const imagenetMean: readonly number[] = preprocessPresets.imagenet.mean;
/** ITU-R 601-2, as `preprocess` makes grey. */
const lumaWeights = [0.299, 0.587, 0.114];
const shades = { black: 0, grey: 0.5, white: 1 } as const;

/**
 * @returns one number per channel, in the network's channel order; opacity stays full
 * @throws UserError "usage" if `spec` has numbers for another number of channels
 */
export function namedColour(name: ColourName, spec: Preprocess, channels: PictureChannels): number[] {
  // Only for its errors.
  pixelBounds(spec, channels);
  if (name === "mean" && !isConvention(spec)) return new Array<number>(channels).fill(0);
  const at = (values: readonly number[], channel: number) => values[channel] ?? values[0] ?? 0;
  const shares =
    name === "mean"
      ? meanOfImagenet(channels, spec.order)
      : Array.from({ length: channels }, (_, channel) => (channel === 3 ? 1 : shades[name]));
  return shares.map(
    (share, channel) => (share * 255 * spec.scale - at(spec.mean, channel)) / at(spec.std, channel),
  );
}

function isConvention({ mean, scale }: Preprocess): boolean {
  const shares = mean.map((value) => value / (255 * scale));
  return [0, 0.5].some((usual) => shares.every((share) => Math.abs(share - usual) < 0.003));
}

function meanOfImagenet(channels: PictureChannels, order: Preprocess["order"]): readonly number[] {
  const colours = order === "rgb" ? imagenetMean : imagenetMean.toReversed();
  if (channels === 3) return colours;
  // Hidden pixels are not transparent ones.
  if (channels === 4) return [...colours, 1];
  return [imagenetMean.reduce((sum, value, i) => sum + value * (lumaWeights[i] ?? 0), 0)];
}
