export { encodeNpy, type Npy } from "./arrays/npy.ts";
export type { NpyData, NpyType } from "./arrays/npy-types.ts";
export { type Backdrop, type OverlayOptions, overlay, paintHeatmap } from "./heatmaps/heatmap.ts";
export { findClass } from "./labels/find-class.ts";
export { imagenetLabels, parseLabels } from "./labels/labels.ts";
export type { BandPicture, Picture, PictureChannels } from "./picture.ts";
export { type ColourName, colourNames, namedColour } from "./preprocessing/baseline-colours.ts";
export { type InputShape, type Preprocessed, pixelBounds, preprocess } from "./preprocessing/preprocess.ts";
export { type BandShape, preprocessBands } from "./preprocessing/preprocess-bands.ts";
export {
  type Preprocess,
  type PresetName,
  parsePreprocess,
  preprocessPresets,
} from "./preprocessing/preprocess-spec.ts";
export type {
  Fact,
  FactOrigin,
  SelfDescription,
  Source,
  Statement,
  Task,
} from "./self-description/description.ts";
export { readSelfDescription } from "./self-description/read.ts";
export type { Sidecar } from "./self-description/reader.ts";
export type {
  BandsView,
  FeaturesView,
  InputView,
  PictureView,
  SignalView,
  VolumeView,
} from "./views/view.ts";
export { mapOnView, type ViewMap } from "./views/view-map.ts";
export { type ViewOptions, viewOfTensor } from "./views/view-of-tensor.ts";
