export { type CanonicalModel, canonicalize, findPictureInput } from "./canonicalize.ts";
export type { PixelBounds } from "./compile/bounds.ts";
export type { CompiledExplanation, ExplanationNames } from "./compile/compile.ts";
export {
  type Composite,
  compositeByName,
  defaultParameters,
  type Role,
  type RuleParameters,
} from "./composites.ts";
export { type ConservationReport, type ConservationRow, ruleTitle } from "./explain/conservation-report.ts";
export {
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type Explanation,
  explainerOf,
  type PictureExplanation,
  type QuantizedComparison,
} from "./explain/explainer.ts";
export { probabilities } from "./explain/probabilities.ts";
export type { OpenSession, Runtime } from "./explain/runtime.ts";
export { type Clamp, type Heatmap, heatmapOf } from "./heatmap.ts";
export { type Method, methodByName, methods } from "./methods.ts";
export {
  type CompositeName,
  compositeNames,
  type MethodName,
  methodNames,
  type UnknownPolicy,
  unknownPolicies,
} from "./names.ts";
export type {
  Behaviour,
  Emission,
  Linear,
  OperatorEntry,
  Pass,
  Refusal,
  Route,
  Site,
  TargetArithmetic,
} from "./operators/operator.ts";
export { registerOperator } from "./operators/registry.ts";
export {
  type ExaminedExplanation,
  type ExplanationOptions,
  type ExplanationRecord,
  examineExplanation,
  type PreparedExplanation,
  prepareExplanation,
  version,
} from "./prepare.ts";
export {
  buildRelevanceGraph,
  examineRelevanceGraph,
  type Problem,
  type RelevanceGraph,
  type RelevanceNode,
} from "./relevance-graph/build.ts";
export { imageDependent } from "./relevance-graph/flow.ts";
export type { Head } from "./relevance-graph/head.ts";
export {
  type ImageInput,
  type Layout,
  type PictureInput,
  type PictureSize,
  sizedPicture,
} from "./relevance-graph/image.ts";
export type { PixelRange } from "./relevance-graph/pixel-range.ts";
export type { Rule } from "./rules/index.ts";
