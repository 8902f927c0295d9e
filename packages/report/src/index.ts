export {
  type Chart,
  type ChartAxis,
  type ChartMark,
  type ChartOptions,
  type ChartPoint,
  type ChartSeries,
  renderLineChart,
} from "./chart/line-chart.ts";
export type {
  ComparedMethod,
  ComparedNetwork,
  ComparedPicture,
  ComparedTarget,
  Comparison,
  ComparisonCell,
} from "./comparison/comparison.ts";
export { type ComparisonOptions, renderComparison } from "./comparison/render-figure.ts";
export { renderComparisonPage } from "./comparison/render-page.ts";
export { type MapTiles, mapTiles } from "./comparison/tiles.ts";
export { renderEvaluationPage } from "./evaluation/render-page.ts";
export type {
  EvaluationCell,
  EvaluationChart,
  EvaluationMetric,
  EvaluationReport,
  EvaluationRow,
  EvaluationRun,
  EvaluationTable,
  Failure,
  Gallery,
  GalleryPicture,
  GalleryRow,
} from "./evaluation/report.ts";
export { type FigureOptions, renderFigure } from "./figure.ts";
export type { Prediction } from "./predictions.ts";
export type { RelevanceGraphOptions } from "./relevance-graph/draw.ts";
export { renderRelevanceGraph } from "./relevance-graph/render.ts";
export { type HeatmapOptions, renderHeatmap } from "./render-heatmap.ts";
export { renderMap } from "./render-map.ts";
export type { FigureExplanation, FigureScale } from "./views/explanation.ts";
