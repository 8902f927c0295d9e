export { encodePng } from "./canvas.ts";
export {
  type Chart,
  type ChartAxis,
  type ChartMark,
  type ChartOptions,
  type ChartPoint,
  type ChartSeries,
  renderLineChart,
} from "./chart.ts";
export { divergingColour, type Rgb, signColour } from "./colours.ts";
export type {
  ComparedMethod,
  ComparedNetwork,
  ComparedPicture,
  ComparedTarget,
  Comparison,
  ComparisonCell,
} from "./comparison.ts";
export type {
  EvaluationCell,
  EvaluationChart,
  EvaluationMeasure,
  EvaluationReport,
  EvaluationRow,
  EvaluationRun,
  EvaluationTable,
  Failure,
  Gallery,
  GalleryPicture,
  GalleryRow,
} from "./evaluation.ts";
export { type FigureExplanation, type FigureOptions, overlaySmoothing, renderFigure } from "./figure.ts";
export { overlay, paintHeatmap, scaleOf, smooth } from "./heatmap.ts";
export { type RelevanceGraphOptions, renderRelevanceGraph } from "./relevance-graph.ts";
export { type GraphNode, type NodeKind, nodesBetween } from "./relevance-graph-nodes.ts";
export { type ComparisonOptions, renderComparison } from "./render-comparison.ts";
export { renderComparisonPage } from "./render-comparison-page.ts";
export { renderEvaluationPage } from "./render-evaluation-page.ts";
export { type HeatmapOptions, renderHeatmap } from "./render-heatmap.ts";
