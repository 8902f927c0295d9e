/** How a figure is read, in words that fit what is drawn. */
import type { InputView } from "@onnx-lrp/pictures";
import { channelName, fullColourPercentile } from "@onnx-lrp/pictures/internal";
import type { FigureScale } from "./explanation.ts";

const signs = "Red speaks for the class, blue against it.";

/** @param single whether there is one map only */
function fullColour(single: boolean, scale: FigureScale, places: string): string {
  const share = Number((100 - fullColourPercentile).toPrecision(3));
  const whose = scale === "shared" ? "of all maps together" : single ? "" : "of each map";
  return `The strongest ${share} % of the ${places} ${whose}`.trimEnd().concat(" have full colour.");
}

interface PictureWords {
  readonly scale: FigureScale;
  readonly single: boolean;
  /** Whether there is anything against the class. */
  readonly negative: boolean;
  readonly contours: boolean;
}

export function howToReadPicture(view: InputView, words: PictureWords): string {
  const { scale, single, negative, contours } = words;
  return [
    negative ? signs : "Red speaks for the class; the deeper it is, the more.",
    contours
      ? "Above, the map on the picture, with a thin line at 50 % and a thick one at 80 % of the strongest pixel. Below, the map alone."
      : "Above, the map on the picture, smoothed a little. Below, the map alone, pixel by pixel.",
    fullColour(single, scale, "pixels"),
    bandsNote(view),
  ]
    .filter((text) => text !== "")
    .join(" ");
}

/** Which channels of many the picture shows; empty for others. */
export function bandsNote(view: InputView): string {
  if (view.kind !== "bands" || view.shown.length === 0) return "";
  const names = view.shown.map((band) => view.names?.[band] ?? `${band + 1}`).join(", ");
  return view.shown.length === 1
    ? `Shown of the ${view.channels} channels: ${channelName(view, view.shown[0] ?? 0)}, in grey.`
    : `Shown of the ${view.channels} channels: ${names} as red, green and blue.`;
}

export function howToReadSignal(single: boolean, scale: FigureScale, channels: number): string {
  return [
    `${signs} Under the curve: the relevance, smoothed to be seen at a glance; in the narrow band below it: each sample as it is, or the strongest of those that share a column.`,
    ...(channels > 1 ? ["On the right: the sum of each channel's relevance."] : []),
    fullColour(single, scale, "samples"),
  ].join(" ");
}

export function howToReadVolume(single: boolean, scale: FigureScale): string {
  return [
    `${signs} The three planes cross in the voxel with the strongest relevance: on the left the relevance on the input, smoothed to be seen at a glance; on the right each voxel as it is.`,
    "Below: slices across the depth, evenly spaced through the part where the relevance is.",
    fullColour(single, scale, "voxels that are drawn"),
  ].join(" ");
}

export function howToReadFeatures(drawn: number, all: number): string {
  const which = drawn < all ? ` The ${drawn} strongest of ${all} features are drawn.` : "";
  return `Red speaks for the class, blue against it.${which}`;
}
