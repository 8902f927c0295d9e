export { divergingColour, type Rgb, signColour } from "./heatmaps/colours.ts";
export { enlargeSmoothly, repeatPixels, zoomFor } from "./heatmaps/enlarge.ts";
export {
  fullColourPercentile,
  overlay,
  overlayLook,
  paintHeatmap,
  scaleOf,
  underInk,
} from "./heatmaps/heatmap.ts";
export { type Panel, smooth, smoothing, smoothPanels } from "./heatmaps/smooth.ts";
export { findClass } from "./labels/find-class.ts";
export { imagenetClasses } from "./labels/imagenet.ts";
export { imagenetLabels, parseLabels } from "./labels/labels.ts";
export {
  type BandPicture,
  isPictureChannels,
  isPictureInput,
  type Picture,
  type PictureChannels,
} from "./picture.ts";
export { type ColourName, colourNames, namedColour } from "./preprocessing/baseline-colours.ts";
export { choosePixelBounds } from "./preprocessing/pixel-bounds.ts";
export {
  fitsChannels,
  type InputShape,
  type Placement,
  type Preprocessed,
  pixelBounds,
  placementOf,
  preprocess,
} from "./preprocessing/preprocess.ts";
export { type BandShape, preprocessBands } from "./preprocessing/preprocess-bands.ts";
export {
  type Preprocess,
  type PresetName,
  parsePreprocess,
  preprocessPresets,
  presetByName,
} from "./preprocessing/preprocess-spec.ts";
export { pictureOfTensor, rangeOf } from "./preprocessing/tensor-picture.ts";
export { chooseLabels, type OwnLabels } from "./self-description/choose-labels.ts";
export { choosePreprocess } from "./self-description/choose-preprocess.ts";
export type {
  Fact,
  FactOrigin,
  SelfDescription,
  Source,
  Statement,
  Task,
} from "./self-description/description.ts";
export { type GuessHints, guessPreprocess, outputSizesOf } from "./self-description/guess.ts";
export { readSelfDescription, sidecarNames } from "./self-description/read.ts";
export { maxSidecarBytes, type Sidecar } from "./self-description/reader.ts";
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
export {
  type BandsView,
  channelName,
  type FeaturesView,
  type InputView,
  type PictureView,
  type SignalView,
  type VolumeView,
} from "./views/view.ts";
export { mapOnView, relevanceByChannel, type ViewMap } from "./views/view-map.ts";
export {
  firstBands,
  type ViewedInput,
  type ViewOptions,
  viewKind,
  viewOfTensor,
} from "./views/view-of-tensor.ts";
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
