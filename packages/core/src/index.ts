export { type CanonicalModel, canonicalize, findModelInput } from "./canonicalize.ts";
export type { CompiledExplanation } from "./compile/compile.ts";
export type { ExplanationNames } from "./compile/explanation-names.ts";
export {
  type Composite,
  compositeByName,
  everywhere,
  type GradientComposite,
  gradientComposites,
  type LayerRule,
  type Role,
  type RuleComposite,
} from "./composites.ts";
export type { ConservationReport, ConservationRow } from "./explain/conservation-report.ts";
export { forwardPasses } from "./explain/cost.ts";
export { createExplainer, createPreparedExplainer } from "./explain/explainer.ts";
export type {
  CompiledExplainer,
  Explainer,
  ExplainerOptions,
  Explanation,
  OtherRelevance,
  PictureExplanation,
  QuantizedComparison,
} from "./explain/explanation.ts";
export type { ExplanationOptions, ExplanationRecord } from "./explanation-options.ts";
export { type Axes, type Axis, channelAxis, parseAxes, placesOf } from "./grid/axes.ts";
export { type Grid, gridSizes, type Layout, type Places, placeCount, strides } from "./grid/grid.ts";
export { type PerAxis, type PlaceAxis, type PlaceShape, placeAxes } from "./grid/place-axes.ts";
export { type Clamp, type Heatmap, heatmapOf, type MapShape, mapSizes, oneChannel } from "./heatmap.ts";
export type { Feed, Feeds } from "./input-port/feed.ts";
export { describeInput } from "./input-port/find.ts";
export {
  type AxesSource,
  type DeclaredInputPort,
  type InputKind,
  type InputOptions,
  type InputPort,
  type InputSize,
  inputKind,
  type PictureSize,
  sizedInputPort,
} from "./input-port/input-port.ts";
export { type Cost, costText, type Method, type ModelMethodName, methodByName, methods } from "./methods.ts";
export {
  type CompositeName,
  compositeNames,
  type MethodName,
  methodNames,
  type RuleCompositeName,
  ruleCompositeNames,
  type UnknownPolicy,
  unknownPolicies,
} from "./names.ts";
export { probabilities, rankClasses, type Scores, scoresOf } from "./network/probabilities.ts";
export type { OpenSession, Runtime } from "./network/runtime.ts";
export { openScorer, type Scorer, type ScorerOptions } from "./network/scorer.ts";
export type {
  Behaviour,
  EmitContext,
  Linear,
  OperatorEntry,
  Pass,
  PerTarget,
  Route,
  Site,
  Unsupported,
} from "./operators/operator.ts";
export { registerOperator } from "./operators/registered.ts";
export { classScores } from "./output-port/class-scores.ts";
export { describeScores, type OutputOptions } from "./output-port/find.ts";
export {
  classesCompete,
  elementsOf,
  type HeadOption,
  headOptions,
  type OtherOutput,
  type OutputForm,
  type OutputPort,
  type ScoreKind,
  type ScoreLayout,
  scoreLayout,
} from "./output-port/output-port.ts";
export type { Superpixels } from "./perturbation/masking/connected.ts";
export { type SuperpixelOptions, superpixels } from "./perturbation/masking/superpixels.ts";
export { edge } from "./perturbation/methods/edge.ts";
export {
  type KernelShapOptions,
  type KernelShapParameters,
  kernelShap,
  kernelShapParameters,
} from "./perturbation/methods/kernel-shap.ts";
export {
  type LimeOptions,
  type LimeParameters,
  lime,
  limeParameters,
} from "./perturbation/methods/lime.ts";
export {
  type OcclusionOptions,
  type OcclusionParameters,
  occlusion,
  occlusionParameters,
} from "./perturbation/methods/occlusion.ts";
export { random } from "./perturbation/methods/random.ts";
export {
  type RiseOptions,
  type RiseParameters,
  rise,
  riseParameters,
} from "./perturbation/methods/rise.ts";
export {
  type LayerActivations,
  type ScoreCamOptions,
  scoreCam,
} from "./perturbation/methods/score-cam.ts";
export type { Perturbation, PerturbationContext } from "./perturbation/perturbation.ts";
export {
  type InspectedExplanation,
  inspectExplanation,
  type PreparedExplanation,
  prepareExplanation,
  version,
} from "./prepare.ts";
export { createRandom, hashPicture, type Random } from "./random.ts";
export {
  analyzeRelevanceGraph,
  buildRelevanceGraph,
  type Problem,
  type RelevanceGraph,
  type RelevanceNode,
} from "./relevance-graph/build.ts";
export { imageDependent } from "./relevance-graph/flow.ts";
export { type GraphNode, type NodeKind, nodesBetween } from "./relevance-graph/nodes-between.ts";
export type { PixelBounds } from "./relevance-graph/pixel-bounds.ts";
export type { PixelRange } from "./relevance-graph/pixel-range.ts";
export { ruleTitle } from "./relevance-graph/rule-title.ts";
export {
  all,
  alphaBeta,
  type Branch,
  branch,
  epsilon,
  excitation,
  flat,
  gamma,
  gradientRule,
  type InputPart,
  negativePart,
  positivePart,
  type Rule,
  type Share,
  type SharingRule,
  type SignedPart,
  share,
  signed,
  type WeightPart,
  wsquare,
  zbox,
  zplus,
  zplusWith,
} from "./rules/index.ts";
export { defaultParameters, type RuleParameters } from "./rules/parameters.ts";
export { type Answering, type AskedTargets, askQuestions, type Questions } from "./targets/ask.ts";
export { parseTarget } from "./targets/parse.ts";
export { type Mask, needsScores, type Place, type Question } from "./targets/question.ts";
export {
  type Asked,
  type FoundClass,
  foundClasses,
  type ResolvedTarget,
  resolveQuestion,
} from "./targets/resolve.ts";
export type { Target, TargetScore, WeightedTarget } from "./targets/target.ts";
