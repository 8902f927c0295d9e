import type { InputView, ViewMap } from "@onnx-lrp/pictures";
import { drawPng, shifted } from "./canvas.ts";
import type { Cell } from "./cells.ts";
import { renderHeatmap } from "./render-heatmap.ts";
import { largestOf } from "./views/channel-bars.ts";
import { featureBars } from "./views/features.ts";
import { overlaySmoothing } from "./views/picture.ts";
import { coloursOf, layOutSignal, signalScales, signalStrips } from "./views/signal.ts";
import { volumeColours, volumePlanes, volumeScales } from "./views/volume.ts";

const margin = 16;
const widths = { signal: 1000, features: 640 };

/**
 * A PNG of one map without words about it: of a picture the map alone, its pixels as squares; of a volume its planes through the
 * strongest voxel; of a signal its curves over the colours; of features bars.
 */
export async function renderMap(view: InputView, { heatmap, byChannel }: ViewMap): Promise<Uint8Array> {
  switch (view.kind) {
    case "picture":
    case "bands":
      return await renderHeatmap(undefined, heatmap);
    case "signal": {
      const layout = await layOutSignal(view, [heatmap], widths.signal);
      const colours = coloursOf(layout, heatmap);
      return await onPaper(layout.width, signalStrips(layout, byChannel, colours, signalScales([colours])));
    }
    case "volume": {
      const colours = volumeColours(heatmap, overlaySmoothing);
      const planes = await volumePlanes(view, colours, volumeScales([colours]), "alone");
      return await onPaper(planes.width, planes);
    }
    case "features":
      return await onPaper(
        widths.features,
        featureBars(view, heatmap, widths.features, largestOf(heatmap.values)),
      );
  }
}

async function onPaper(width: number, { height, marks }: Cell): Promise<Uint8Array> {
  const placed = marks.map((mark) => shifted(mark, margin, margin));
  return await drawPng(width + 2 * margin, Math.ceil(height) + 2 * margin, placed);
}
