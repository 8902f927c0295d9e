/** What only the sibling packages need of this package. It changes without notice; programs use the package itself. */
export { meanColour } from "./data/mean-colour.ts";
export { prepareItem } from "./data/prepare-item.ts";
export { placeRegion } from "./data/region.ts";
export { sampleItems } from "./data/sample.ts";
export { metricGroups } from "./metrics/groups.ts";
export { type CascadeOptions, type CascadeStep, cascade, cascadeLayers } from "./randomization/cascade.ts";
export { randomizationMetrics } from "./randomization/metrics.ts";
export { type RandomizationRun, runRandomization, stepLayers } from "./randomization/run.ts";
export { evaluatePicture } from "./run/picture.ts";
export type { FromWorker, PlainError, ToWorker } from "./run/protocol.ts";
export { askPicture, type PictureQuestion } from "./run/question.ts";
export type { Progress } from "./run/resources.ts";
export { type OpenWorker, serveUnits } from "./run/serve.ts";
export { runWorkers, type WorkersOptions } from "./run/workers.ts";
export type { CurvePoint } from "./statistics/area.ts";
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
export { fewestPairs } from "./statistics/significance.ts";
export { openRunFolder, type RunFolder, readPlan, unitRange } from "./store/folder.ts";
export { lockRunFolder } from "./store/lock.ts";
export { defaultUnitSize, hashItems, type Plan, planFormat } from "./store/plan.ts";
export type { Example, Examples } from "./summary/examples.ts";
export type { Failure, PictureCounts } from "./summary/pictures.ts";
export type {
  Interval,
  MethodCrossing,
  MethodSummary,
  MetricSummary,
  Point,
  Times,
} from "./summary/summarize.ts";
