/** Maps as they are drawn on what an input looks like. */
import { type Heatmap, heatmapOf, type MapShape, placeCount, strides } from "@onnx-lrp/core/maps";
import type { InputView } from "./view.ts";
import { channelsFirst } from "./view-of-tensor.ts";

/** A map as it is drawn on an input's view. */
export interface ViewMap {
  /**
   * The sum over channels at each place. Of a signal the relevance of each channel, one row each (a single row where the
   * method does not distinguish channels).
   */
  readonly heatmap: Heatmap;
  /** The sum over the places of each channel, if the map distinguishes channels. */
  readonly byChannel?: Float32Array | undefined;
}

/** @param relevance of the shape `map`, row-major */
export function mapOnView(view: InputView, relevance: Float32Array, map: MapShape): ViewMap {
  const several = map.channels > 1 && view.kind !== "picture" && view.kind !== "features";
  const byChannel = several ? relevanceByChannel(relevance, map) : undefined;
  if (view.kind !== "signal") return { heatmap: heatmapOf(relevance, map), byChannel };
  const heatmap = { width: placeCount(map), height: map.channels, values: channelsFirst(relevance, map) };
  return { heatmap, byChannel };
}

/** The sum of a map over the places of each channel. */
export function relevanceByChannel(relevance: Float32Array, map: MapShape): Float32Array {
  const step = strides(map);
  const places = placeCount(map);
  return Float32Array.from({ length: map.channels }, (_, channel) => {
    let sum = 0;
    for (let place = 0; place < places; place += 1) {
      sum += relevance[channel * step.channel + place * step.place] ?? 0;
    }
    return sum;
  });
}
