/** Axes, grids and heatmaps alone, for programs that draw maps and make none. */
export { type Axes, type Axis, placesOf } from "./grid/axes.ts";
export { type Grid, placeCount, strides } from "./grid/grid.ts";
export { type Heatmap, heatmapOf, type MapShape, mapSizes } from "./heatmap.ts";
