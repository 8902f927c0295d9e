export { type CanonicalModel, canonicalize, findPictureInput } from "./canonicalize.ts";
export type { PixelBounds } from "./compile/bounds.ts";
export type { CompiledExplanation, ExplanationNames } from "./compile/compile.ts";
export {
  type Composite,
  type CompositeName,
  compositeByName,
  compositeNames,
  defaultParameters,
  type Role,
  type RuleParameters,
} from "./composites.ts";
export {
  type ConservationReport,
  type ConservationRow,
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type Explanation,
  explainerOf,
  type PictureExplanation,
  ruleTitle,
} from "./explain/explainer.ts";
export { probabilities } from "./explain/probabilities.ts";
export type { OpenSession, Runtime } from "./explain/runtime.ts";
export { type Clamp, type Heatmap, heatmapOf } from "./heatmap.ts";
export { type Method, type MethodName, methodByName, methodNames, methods } from "./methods.ts";
export {
  type ExplanationOptions,
  type ExplanationRecord,
  type PreparedExplanation,
  prepareExplanation,
  version,
} from "./prepare.ts";
export { buildRelevanceGraph, type RelevanceGraph, type RelevanceNode } from "./relevance-graph/build.ts";
export type { Head } from "./relevance-graph/head.ts";
export type { ImageInput, Layout } from "./relevance-graph/image.ts";
export type { Rule } from "./rules/index.ts";
