import type { Heatmap } from "@onnx-lrp/core";
import { overlay, type Picture, paintHeatmap } from "@onnx-lrp/pictures";
import { enlargeSmoothly, repeatPixels, scaleOf, smooth, zoomFor } from "@onnx-lrp/pictures/internal";
import { encodePng } from "./canvas.ts";

/** How a heatmap is drawn. */
export interface HeatmapOptions {
  /** The relevance of full colour; `scaleOf` the map, once smoothed, if left out. */
  readonly scale?: number;
  /** The factor of enlargement, an integer; by default, whatever makes it easy to see. */
  readonly zoom?: number;
  /** Sigma of a smoothing, as a share of the width; 0 (none) if left out. */
  readonly smoothing?: number;
}

/**
 * A PNG of one map alone, its pixels as squares, or laid on `picture`, and nothing else.
 *
 * @throws RangeError if the map is not of the picture's size, or `zoom` is not a positive integer
 */
export async function renderHeatmap(
  picture: Picture | undefined,
  heatmap: Heatmap,
  options: HeatmapOptions = {},
): Promise<Uint8Array> {
  const { zoom = zoomFor(heatmap.width, heatmap.height), smoothing = 0 } = options;
  if (!Number.isInteger(zoom) || zoom < 1)
    throw new RangeError(`zoom must be a positive integer, not ${zoom}`);
  const map = smooth(heatmap, smoothing * heatmap.width);
  const scale = options.scale ?? scaleOf([map]);
  const drawn = picture
    ? enlargeSmoothly(overlay(picture, map, scale), zoom)
    : repeatPixels(paintHeatmap(map, scale), zoom);
  return await encodePng(drawn);
}
