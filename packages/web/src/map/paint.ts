/** From a picture and a map to the pixels of a canvas. */
import type { Heatmap } from "@onnx-lrp/core/maps";
import {
  pageLook,
  paintMap,
  paintOverlay,
  scaleOf,
  smooth,
  strongestOf,
  zoomFor,
} from "@onnx-lrp/pictures/internal";
import { type MapLook, sigmas } from "./look.ts";
import { resized } from "./resize.ts";

/** Red, green, blue and opacity of each pixel, as `ImageData` has them. */
export interface MapPicture {
  readonly width: number;
  readonly height: number;
  /** `height * width * 4` bytes, row by row from the top left. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** A map as it is coloured: smoothed if that is asked for, with the relevance of full colour and the strongest there is. */
export interface ColouredMap {
  readonly map: Heatmap;
  readonly full: number;
  readonly strongest: number;
}

export function colouredMap(heatmap: Heatmap, { smoothing, scale }: MapLook): ColouredMap {
  const map = smooth(heatmap, sigmas[smoothing] * heatmap.width);
  const strongest = strongestOf([map]);
  return { map, full: scale === "linear" ? strongest : scaleOf([map]), strongest };
}

/** A size that shows pixels of the map as they are, and lets the picture be looked at. */
export function canvasSize({ width, height }: Heatmap): { readonly width: number; readonly height: number } {
  const zoom = zoomFor(width, height);
  return { width: width * zoom, height: height * zoom };
}

/** @param picture of the canvas' size */
export function paintedOverlay(
  picture: MapPicture,
  { map, full }: ColouredMap,
  { sign, opacity }: MapLook,
): Uint8ClampedArray<ArrayBuffer> {
  const fine = resized(map, picture.width, picture.height);
  return paintOverlay(picture.data, fine.values, full, sign, { ...pageLook(), maxOpacity: opacity });
}

/** The map alone, of its own size. */
export function paintedMap({ map, full }: ColouredMap, { sign }: MapLook): Uint8ClampedArray<ArrayBuffer> {
  return paintMap(map.values, full, sign, pageLook());
}
