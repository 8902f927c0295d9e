/** What only the command line needs of this package. It changes without notice; programs use the package itself. */

export {
  type AnsweredTarget,
  type Answers,
  answeredTargets,
  classAgainst,
  quantizedPrediction,
  topClasses,
} from "./answers.ts";
export { channelNames } from "./channel-names.ts";
export { className } from "./class-name.ts";
export { compareMethods, type NetworkToCompare } from "./compare/compare-methods.ts";
export { accuracyWarning } from "./evaluate/findings.ts";
export { loadEvaluation } from "./evaluate/load.ts";
export type { EvaluationRequest } from "./evaluate/request.ts";
export type { Results as EvaluationResults, ResultsOptions } from "./evaluate/results.ts";
export type {
  Counter as EvaluationCounter,
  FinishedRun,
  RunListener,
  Stage as EvaluationStage,
} from "./evaluate/run-all.ts";
export { type Explainers, openExplainers } from "./explainers.ts";
export type { FeedSources } from "./feeds.ts";
export { findModel } from "./find-model.ts";
export { duration, numberWriter, percent, shortNumber } from "./format.ts";
export { type InputFile, listInputs } from "./input-files.ts";
export { hasFixedSize } from "./input-size.ts";
export { type KnownNetwork, type NetworkOptions, readNetwork } from "./known-network.ts";
export { type NamedMethod, parseMethods } from "./method-list.ts";
export { type BaselineSource, explainerOptions, type MethodSettings } from "./method-settings.ts";
export type { ProgramWords } from "./program-words.ts";
export { type ReadInput, readInput, readInputs } from "./read-input.ts";
export {
  answersOf,
  classFinder,
  filledQuestions,
  readQuestions,
  readTowards,
  targetCountOf,
} from "./targets.ts";
export { readTextFile } from "./text-file.ts";
export { breath } from "./turns.ts";
export { packageVersion } from "./version.ts";
