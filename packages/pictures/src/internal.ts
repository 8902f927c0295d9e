/** What only the sibling packages need of this package. It changes without notice; programs use the package itself. */
export { isArrayFile } from "./arrays/array-file.ts";
export { inputsOfArray } from "./arrays/inputs-of-array.ts";
export { decodeNpy } from "./arrays/npy.ts";
export { toFloat32 } from "./arrays/npy-types.ts";
export type { DecodedFile, DecodedPicture, PictureBytes } from "./decoded.ts";
export { isCoarse } from "./heatmaps/coarse.ts";
export { divergingColour, type Rgb, signColour } from "./heatmaps/colours.ts";
export { enlargeSmoothly, repeatPixels, zoomFor } from "./heatmaps/enlarge.ts";
export { fullColourPercentile, overlayLook, scaleOf, strongestOf, underInk } from "./heatmaps/heatmap.ts";
export { bytesText, endText, formatNumber, percent } from "./heatmaps/number-text.ts";
export {
  type Look,
  pageLook,
  painting,
  paintMap,
  paintOverlay,
  paintUnderInk,
  repeatPlaces,
  type Sign,
} from "./heatmaps/page-paint.ts";
export { type Panel, smooth, smoothing, smoothPanels } from "./heatmaps/smooth.ts";
export { inputError } from "./input-error.ts";
export { isTiff } from "./is-tiff.ts";
export { findClasses } from "./labels/find-class.ts";
export { imagenetClasses } from "./labels/imagenet.ts";
export { isPictureChannels, isPictureInput, opaquePixels } from "./picture.ts";
export { choosePixelBounds } from "./preprocessing/pixel-bounds.ts";
export { fitsChannels, type Placement, placementOf } from "./preprocessing/preprocess.ts";
export { presetByName } from "./preprocessing/preprocess-spec.ts";
export { pictureOfTensor, rangeOf } from "./preprocessing/tensor-picture.ts";
export { chooseLabels, type OwnLabels } from "./self-description/choose-labels.ts";
export { choosePreprocess } from "./self-description/choose-preprocess.ts";
export { type GuessHints, guessPreprocess, outputSizesOf } from "./self-description/guess.ts";
export { sidecarNames } from "./self-description/read.ts";
export { maxSidecarBytes } from "./self-description/reader.ts";
export {
  type PresetTrial,
  type ScoreInputs,
  surerPreset,
  tryPresets,
} from "./self-description/try-presets.ts";
export { viewForMap } from "./views/blank-view.ts";
export { strongestFeatures } from "./views/features.ts";
export {
  channelsToDraw,
  type Envelope,
  envelopeOf,
  inColumns,
  mostChannels,
  rowsOf,
  samplesOf,
} from "./views/signal.ts";
export { channelName } from "./views/view.ts";
export { relevanceByChannel } from "./views/view-map.ts";
export { firstBands, type ViewedInput, viewKind } from "./views/view-of-tensor.ts";
export {
  type Plane,
  type PlaneName,
  planeAt,
  slicesThrough,
  strongestVoxel,
  type Volume,
  type Voxel,
  volumeOf,
} from "./views/volume.ts";
