export {
  type Composite,
  compositeByName,
  everywhere,
  type GradientComposite,
  type LayerRule,
  type Role,
  type RuleComposite,
} from "./composites.ts";
export type { ConservationReport, ConservationRow } from "./explain/conservation-report.ts";
export { forwardPasses } from "./explain/cost.ts";
export { createExplainer } from "./explain/explainer.ts";
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
export type { Axes, Axis } from "./grid/axes.ts";
export type { Grid } from "./grid/grid.ts";
export type { PerAxis } from "./grid/place-axes.ts";
export { type Clamp, type Heatmap, heatmapOf, type MapShape, mapSizes } from "./heatmap.ts";
export type { Feed, Feeds } from "./input-port/feed.ts";
export {
  type AxesSource,
  type DeclaredInputPort,
  type InputKind,
  type InputOptions,
  type InputPort,
  type InputSize,
  inputKind,
  type PictureSize,
} from "./input-port/input-port.ts";
export type { Cost, Method } from "./methods/method.ts";
export { type ModelMethodName, methods } from "./methods/table.ts";
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
export type { Scores } from "./network/probabilities.ts";
export type { Runtime } from "./network/runtime.ts";
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
export type { BoxFormat, BoxPort, BoxUnit } from "./output-port/boxes.ts";
export {
  type HeadOption,
  headOptions,
  type OutputForm,
  type OutputPort,
  type ScoreKind,
} from "./output-port/output-port.ts";
export type { Superpixels } from "./perturbation/masking/connected.ts";
export { type SuperpixelOptions, superpixels } from "./perturbation/masking/superpixels.ts";
export { type KernelShapOptions, kernelShap } from "./perturbation/methods/kernel-shap.ts";
export { type LimeOptions, lime } from "./perturbation/methods/lime.ts";
export { type OcclusionOptions, occlusion } from "./perturbation/methods/occlusion.ts";
export { type RiseOptions, rise } from "./perturbation/methods/rise.ts";
export { type LayerActivations, type ScoreCamOptions, scoreCam } from "./perturbation/methods/score-cam.ts";
export type { Perturbation, PerturbationContext } from "./perturbation/perturbation.ts";
export { type InspectedExplanation, inspectExplanation, version } from "./prepare.ts";
export type { RelevanceGraph } from "./relevance-graph/build.ts";
export type { PixelBounds } from "./relevance-graph/pixel-bounds.ts";
export type { Problem } from "./relevance-graph/problem.ts";
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
export type { Rectangle } from "./targets/boxes.ts";
export type { Target, WeightedTarget } from "./targets/target.ts";
