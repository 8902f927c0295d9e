/** What maps are drawn on where the numbers behind them are not at hand, such as those of a value within the network. */
import { type MapShape, placeCount } from "@onnx-lrp/core/maps";
import type { InputView } from "./view.ts";
import { viewKind } from "./view-of-tensor.ts";

/** The view of the input where the map is of its size; else an empty one of the map's. */
export function viewForMap(view: InputView, map: MapShape): InputView {
  return fits(view, map) ? view : blankView(map);
}

function fits(view: InputView, map: MapShape): boolean {
  const { channels, depth, height, width } = map;
  switch (view.kind) {
    case "picture":
    case "bands":
      return depth === 1 && view.picture.width === width && view.picture.height === height;
    case "signal":
      return view.length === placeCount(map) && (channels === 1 || channels === view.channels);
    case "volume":
      return view.depth === depth && view.height === height && view.width === width;
    case "features":
      return channels === 1 && view.values.length === placeCount(map);
  }
}

/** A white picture, a signal and features without numbers, a volume in even grey. */
function blankView(map: MapShape): InputView {
  const { channels, depth, height, width } = map;
  const places = placeCount(map);
  const kind = viewKind(map);
  const picture = { width, height, rgb: new Uint8Array(kind === "volume" ? 0 : places * 3).fill(255) };
  switch (kind) {
    case "picture":
      return { kind, picture };
    case "bands":
      return { kind, picture, channels, shown: [] };
    case "signal":
      return { kind, channels, length: places, values: new Float32Array(places * channels).fill(Number.NaN) };
    case "volume":
      return { kind, channels, depth, height, width, grey: new Uint8Array(places).fill(192) };
    case "features":
      return { kind, values: new Float32Array(places).fill(Number.NaN) };
  }
}
