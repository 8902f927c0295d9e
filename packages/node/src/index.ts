export { type FileExplainerOptions, openExplainer } from "./explainer.ts";
export { decodeImage, isPictureFile, type Picture, pictureSize } from "./image.ts";
export { findClass, imagenetLabels, labelsFor, loadLabels } from "./labels.ts";
export { type ModelFile, readModelFile, weightsIn } from "./model-file.ts";
export { encodeNpy, type Npy, type NpyData, readNpy } from "./npy.ts";
export {
  type InputShape,
  type Preprocess,
  type Preprocessed,
  parsePreprocess,
  pixelBounds,
  preprocess,
  preprocessPresets,
  resolvePreprocess,
} from "./preprocess.ts";
export { openSession, runtime, type SessionOptions } from "./session.ts";
export { channelView, pictureOfTensor } from "./tensor-picture.ts";
export { type Weights, writeExplanationModel } from "./write-explanation.ts";
export { writeFileWhole } from "./write-file.ts";
