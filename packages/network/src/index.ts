export { type ErrorKind, type ErrorSubject, type Remedy, UserError } from "@onnx-lrp/onnx-loader/error";
export type {
  ExplanationResult,
  Look,
  QuantizedPrediction,
  ScoredClass,
  TargetExplanation,
} from "./explanation.ts";
export type { FeedSources } from "./feeds.ts";
export type { NetworkOptions } from "./known-network.ts";
export type { BaselineSource, MethodSettings } from "./method-settings.ts";
export { type Network, openNetwork } from "./open-network.ts";
export type { Cancellation, ExplainOptions, OpenOptions, Progress, Target } from "./options.ts";
export type { BytesSource, PictureSource, RawPicture, TensorSource } from "./picture-source.ts";
export type { Bound } from "./pixel-bounds.ts";
