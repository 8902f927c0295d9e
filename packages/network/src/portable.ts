/** What runs wherever JavaScript does: a network on a `Platform`, which reads its files. It needs no Node.js. */
export {
  type ErrorKind,
  type ErrorSubject,
  type Remedy,
  textRemedy,
  UserError,
} from "@onnx-lrp/onnx-loader/error";
export type { ExplainedBox, QuantizedPrediction, ScoredClass } from "./answers.ts";
export { className } from "./class-name.ts";
export { closedError } from "./closed-error.ts";
export type { DrawnTarget, ExplainedInput, InputAnswer, TargetMap } from "./explained.ts";
export type { FeedSources } from "./feeds.ts";
export type { FigureWords, Provenance, Rival } from "./figure-words.ts";
export { type HostedNetwork, type Hosting, hostNetwork } from "./hosted-network.ts";
export { inGroups } from "./in-groups.ts";
export { type KnownNetwork, knowNetwork, type NetworkOptions } from "./known-network.ts";
export type { LabelSource } from "./labels.ts";
export type { BaselineSource, MethodSettings } from "./method-settings.ts";
export type { Cancellation, ExplainOptions, LabelledNetworkOptions, Progress, Target } from "./options.ts";
export type { BytesSource, PictureSource, RawPicture, TensorSource } from "./picture-source.ts";
export type { Bound } from "./pixel-bounds.ts";
export type { ArrayFeeds, NamedModel, Platform } from "./platform.ts";
