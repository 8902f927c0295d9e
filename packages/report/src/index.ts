export { divergingColour, type Rgb, signColour } from "./colours.ts";
export { type FigureExplanation, type FigureOptions, overlaySmoothing, renderFigure } from "./figure.ts";
export { overlay, paintHeatmap, scaleOf, smooth } from "./heatmap.ts";
export { type RelevanceGraphOptions, renderRelevanceGraph } from "./relevance-graph.ts";
export { type GraphNode, type NodeKind, nodesBetween } from "./relevance-graph-nodes.ts";
export { type HeatmapOptions, renderHeatmap } from "./render-heatmap.ts";
