export { type ErrorKind, type ErrorSubject, type Remedy, UserError } from "@onnx-lrp/onnx-loader/error";
export type { ExplainedBox, QuantizedPrediction, ScoredClass } from "./answers.ts";
export type {
  CompareOptions,
  ComparisonLook,
  ComparisonProgress,
  ComparisonResult,
  MethodResult,
} from "./compare/compare.ts";
export type { EvaluateOptions, EvaluationProgress, EvaluationResult } from "./evaluate/evaluate.ts";
export type { InputAnswer, TargetMap } from "./explained.ts";
export type { FeedSources } from "./feeds.ts";
export type { Rival } from "./figure-words.ts";
export type { NetworkOptions } from "./known-network.ts";
export type { LabelSource } from "./labels.ts";
export type { MethodChoice, MethodList } from "./method-choice.ts";
export type { BaselineSource, MethodSettings } from "./method-settings.ts";
export type { ExplanationResult, Look, TargetExplanation } from "./node/explanation.ts";
export { type Network, type OpenOptions, openNetwork } from "./node/open-network.ts";
export type { Cancellation, ExplainOptions, LabelledNetworkOptions, Progress, Target } from "./options.ts";
export type { BytesSource, PictureSource, RawPicture, TensorSource } from "./picture-source.ts";
export type { Bound } from "./pixel-bounds.ts";
