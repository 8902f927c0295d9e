export { divergingColour, type Rgb, signColour } from "./colours.ts";
export { type FigureExplanation, type FigureOptions, overlaySmoothing, renderFigure } from "./figure.ts";
export { overlay, paintHeatmap, scaleOf, smooth } from "./heatmap.ts";
export { type HeatmapOptions, renderHeatmap } from "./render-heatmap.ts";
