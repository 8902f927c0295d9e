/** onnx-lrp in browsers: a network in a file, pictures in, explanations out; nothing is uploaded. */
export {
  type BaselineSource,
  type Bound,
  type DrawnTarget,
  type ErrorKind,
  type ErrorSubject,
  type ExplainedBox,
  type FeedSources,
  type InputAnswer,
  type LabelSource,
  type MethodSettings,
  type NetworkOptions,
  type PictureSource,
  type Progress,
  type QuantizedPrediction,
  type RawPicture,
  type Remedy,
  type Rival,
  type ScoredClass,
  type Target,
  type TargetMap,
  type TensorSource,
  UserError,
} from "@onnx-lrp/network/portable";
export type { ExplanationResult, Look, TargetExplanation } from "./client/explanation.ts";
export { type Network, type OpenOptions, openNetwork, type WebExplainOptions } from "./client/network.ts";
export type { InspectedNetwork, InspectedNode } from "./host/inspect.ts";
export type { WebProvider, WebSessionOptions } from "./host/runtime.ts";
export type { ModelSource } from "./host/sources.ts";
