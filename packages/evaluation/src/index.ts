export { meanColour } from "./data/mean-colour.ts";
export { type DataSetOptions, openDataSet } from "./data/open.ts";
export { prepareItem } from "./data/prepare-item.ts";
export { placeRegion } from "./data/region.ts";
export { sampleItems } from "./data/sample.ts";
export { metricGroups } from "./metrics/groups.ts";
export { metricByName, metrics } from "./metrics/index.ts";
export { type DataSetKind, dataSetKinds, type MetricName, metricNames, randomizationName } from "./names.ts";
export { type CascadeOptions, type CascadeStep, cascade, cascadeLayers } from "./randomization/cascade.ts";
export { randomizationMetrics } from "./randomization/metrics.ts";
export { type RandomizationRun, runRandomization, stepLayers } from "./randomization/run.ts";
export type { FromWorker, PlainError, ToWorker } from "./run/protocol.ts";
export type { Progress, RunMethod, RunResources } from "./run/resources.ts";
export { type RunOptions, type RunResult, runEvaluation } from "./run/run.ts";
export { type OpenWorker, serveUnits } from "./run/serve.ts";
export { runWorkers, type WorkersOptions } from "./run/workers.ts";
export { areaUnderCurve, type CurvePoint } from "./statistics/area.ts";
export {
  type Bootstrap,
  type BootstrapOptions,
  createBootstrap,
  type DifferenceSummary,
  type Figure,
  type PointSummary,
  type SeriesSummary,
} from "./statistics/bootstrap.ts";
export type { Crossing } from "./statistics/crossings.ts";
export type { Estimate } from "./statistics/interval.ts";
export { type SpearmanOptions, spearman } from "./statistics/ranks.ts";
export { fewestPairs } from "./statistics/significance.ts";
export { type SsimOptions, ssim } from "./statistics/ssim.ts";
export { openRunFolder, type RunFolder, readPlan, unitRange } from "./store/folder.ts";
export { defaultUnitSize, hashItems, type Plan, planFormat } from "./store/plan.ts";
export type { Example, Examples } from "./summary/examples.ts";
export type { Failure, PictureCounts } from "./summary/pictures.ts";
export {
  type Interval,
  type MethodCrossing,
  type MethodSummary,
  type MetricSummary,
  type Point,
  type Summary,
  type SummaryOptions,
  summarize,
  type Times,
} from "./summary/summarize.ts";
export { summaryCsv, writeSummary } from "./summary/write.ts";
export type { Box, DataSet, Item, Metric, MetricGroup, MetricInfo, PreparedItem, Region } from "./types.ts";
