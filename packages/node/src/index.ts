export { isArrayFile, readArrayFor, readFeedsFor } from "./array-file.ts";
export { type FileExplainerOptions, openExplainer } from "./explainer.ts";
export { externalBytes } from "./external-data.ts";
export {
  type DecodedFile,
  type DecodedPicture,
  decodeForChannels,
  decodeImage,
  isPictureFile,
  type PictureBytes,
  pictureSize,
} from "./image.ts";
export { inputsOfArray, readInputArrays } from "./input-arrays.ts";
export { labelsFor, loadLabels } from "./label-file.ts";
export { readMask } from "./mask-file.ts";
export { type ModelFile, readModelFile, weightsIn } from "./model-file.ts";
export { encodeNpy, type Npy, type NpyData, type NpyType, readNpy, toFloat32 } from "./npy.ts";
export { readNpz } from "./npz.ts";
export { resolvePreprocess } from "./preprocess-file.ts";
export { readBoundedText } from "./read-bounded.ts";
export { type FileScorerOptions, openFileScorer } from "./scorer.ts";
export { openSession, runtime, type SessionOptions } from "./session.ts";
export { describeModelFile } from "./sidecars.ts";
export { type Weights, writeExplanationModel } from "./write-explanation.ts";
export { writeFileWhole } from "./write-file.ts";
