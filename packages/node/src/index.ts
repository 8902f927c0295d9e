export { type FileBlackBoxOptions, openFileBlackBox } from "./black-box.ts";
export { type ColourName, colourNames, namedColour } from "./colour.ts";
export { type FileExplainerOptions, openExplainer } from "./explainer.ts";
export { externalBytes } from "./external-data.ts";
export { decodeImage, isPictureFile, type Picture, pictureSize } from "./image.ts";
export { imagenetClasses } from "./imagenet.ts";
export { findClass, imagenetLabels, labelsFor, loadLabels } from "./labels.ts";
export { type ModelFile, readModelFile, weightsIn } from "./model-file.ts";
export { encodeNpy, type Npy, type NpyData, readNpy } from "./npy.ts";
export {
  type InputShape,
  type Placement,
  type Preprocess,
  type Preprocessed,
  parsePreprocess,
  pixelBounds,
  placementOf,
  preprocess,
  preprocessPresets,
  resolvePreprocess,
} from "./preprocess.ts";
export { openSession, runtime, type SessionOptions } from "./session.ts";
export { channelView, pictureOfTensor } from "./tensor-picture.ts";
export { type Weights, writeExplanationModel } from "./write-explanation.ts";
export { writeFileWhole } from "./write-file.ts";
