/** What only the sibling packages need of core. It changes without notice; programs use the package itself. */
export { type CanonicalModel, canonicalize, findModelInput } from "./canonicalize.ts";
export type { CompiledExplanation } from "./compile/compile.ts";
export type { ExplanationNames } from "./compile/explanation-names.ts";
export { gradientComposites } from "./composites.ts";
export { createPreparedExplainer } from "./explain/explainer.ts";
export { weightedScorer } from "./explain/weighted-scorer.ts";
export { channelAxis, parseAxes, placesOf } from "./grid/axes.ts";
export { gridSizes, type Layout, type Places, placeCount, strides } from "./grid/grid.ts";
export { type PlaceAxis, type PlaceShape, placeAxes } from "./grid/place-axes.ts";
export { oneChannel } from "./heatmap.ts";
export { describeInput } from "./input-port/find.ts";
export { sizedInputPort } from "./input-port/input-port.ts";
export { costText } from "./methods/cost-text.ts";
export { methodByName } from "./methods/table.ts";
export { probabilities, rankClasses, scoresOf } from "./network/probabilities.ts";
export type { OpenSession } from "./network/runtime.ts";
export { turn } from "./network/turn.ts";
export { classScores } from "./output-port/class-scores.ts";
export { describeScores, type OutputOptions } from "./output-port/find.ts";
export {
  classesCompete,
  elementAt,
  elementsOf,
  type OtherOutput,
  type ScoreLayout,
  scoreLayout,
  sizesOf,
  yesOrNo,
} from "./output-port/output-port.ts";
export { edge } from "./perturbation/methods/edge.ts";
export { type KernelShapParameters, kernelShapParameters } from "./perturbation/methods/kernel-shap.ts";
export { type LimeParameters, limeParameters } from "./perturbation/methods/lime.ts";
export { type OcclusionParameters, occlusionParameters } from "./perturbation/methods/occlusion.ts";
export { random } from "./perturbation/methods/random.ts";
export { type RiseParameters, riseParameters } from "./perturbation/methods/rise.ts";
export { type PreparedExplanation, prepareExplanation } from "./prepare.ts";
export { createRandom, hashPicture, type Random } from "./random.ts";
export { analyzeRelevanceGraph, buildRelevanceGraph } from "./relevance-graph/build.ts";
export { imageDependent } from "./relevance-graph/flow.ts";
export type { RelevanceNode } from "./relevance-graph/node.ts";
export { type GraphNode, type NodeKind, nodesBetween } from "./relevance-graph/nodes-between.ts";
export type { PixelRange } from "./relevance-graph/pixel-range.ts";
export { ruleTitle } from "./relevance-graph/rule-title.ts";
export { type Answering, type AskedTargets, askQuestions, type Questions } from "./targets/ask.ts";
export {
  type BoxedPicture,
  type FoundBox,
  foundBoxes,
  leastProbability,
  mostOverlap,
  positiveShareInside,
} from "./targets/boxes.ts";
export { defaultBoxes, type FindClass, parseTarget } from "./targets/parse.ts";
export { type Mask, needsScores, type Place, type Question, type WhichBox } from "./targets/question.ts";
export {
  type Asked,
  type FoundClass,
  foundClasses,
  type ResolvedTarget,
  resolveQuestion,
} from "./targets/resolve.ts";
export { rivalsOf } from "./targets/rivals.ts";
export type { TargetScore } from "./targets/target.ts";
