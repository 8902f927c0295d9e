/** What only the command line needs of this package. It changes without notice; programs use the package itself. */

export { channelNames } from "./channel-names.ts";
export { className } from "./class-name.ts";
export { compareMethods, type NetworkToCompare } from "./compare/compare-methods.ts";
export { comparisonCaption, comparisonTitle } from "./compare/words.ts";
export { checkCounts } from "./evaluate/check-counts.ts";
export { evaluatedMethods, evaluatedMetrics, randomizationCounts } from "./evaluate/defaults.ts";
export { accuracyWarning } from "./evaluate/findings.ts";
export { loadEvaluation } from "./evaluate/load.ts";
export { recordIn } from "./evaluate/record.ts";
export type { EvaluationRequest } from "./evaluate/request.ts";
export type { Results as EvaluationResults, ResultsOptions } from "./evaluate/results.ts";
export type {
  Counter as EvaluationCounter,
  FinishedRun,
  RunListener,
  Stage as EvaluationStage,
} from "./evaluate/run-all.ts";
export { type DrawnTarget, type ExplainedInput, explainedInput } from "./explained.ts";
export type { Explainers } from "./explainers.ts";
export type { FeedSources } from "./feeds.ts";
export { numberName } from "./figure-words.ts";
export { duration, numberWriter, percent, shortNumber } from "./format.ts";
export { hasFixedSize } from "./input-size.ts";
export type { NetworkOptions } from "./known-network.ts";
export { comparedMethods } from "./method-choice.ts";
export { type NamedMethod, parseMethods } from "./method-list.ts";
export { type BaselineSource, explainerOptions, type MethodSettings } from "./method-settings.ts";
export {
  type KnownNetwork,
  openExplainers,
  readInput,
  readInputs,
  readNetwork,
  readQuestions,
  readTowards,
} from "./node/calls.ts";
export { drawFigure } from "./node/figure.ts";
export { findModel } from "./node/find-model.ts";
export { listInputs } from "./node/input-files.ts";
export { readTextFile } from "./node/text-file.ts";
export { packageVersion } from "./node/version.ts";
export type { InputFile } from "./picture-source.ts";
export type { ProgramWords } from "./program-words.ts";
export type { ReadInput } from "./read-input.ts";
export { answersOf, classFinder, filledQuestions, targetCountOf } from "./targets.ts";
export { breath } from "./turns.ts";
