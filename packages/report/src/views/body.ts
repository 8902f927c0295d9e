/** A figure's body for what the input looks like. */
import type { FeaturesView, InputView, SignalView, VolumeView } from "@onnx-lrp/pictures";
import { largestOf } from "./channel-bars.ts";
import type { FigureExplanation, FigureLook, FigureScale } from "./explanation.ts";
import { featuresCell, mostFeatures } from "./features.ts";
import type { FigureBody } from "./figure-body.ts";
import { overlaySmoothing, pictureBody } from "./picture.ts";
import { channelNote, coloursOf, layOutSignal, signalCell, signalScales } from "./signal.ts";
import { volumeCell, volumeColours, volumeInputCell, volumeScales, volumeWidth } from "./volume.ts";
import { howToReadFeatures, howToReadSignal, howToReadVolume } from "./words.ts";

export async function bodyOf(
  view: InputView,
  explanations: readonly FigureExplanation[],
  look: FigureLook,
): Promise<FigureBody> {
  const { scale } = look;
  switch (view.kind) {
    case "picture":
    case "bands":
      return await pictureBody(view, explanations, look);
    case "signal":
      return await signalBody(view, explanations, scale);
    case "volume":
      return await volumeBody(view, explanations, scale);
    case "features":
      return featuresBody(view, explanations, scale);
  }
}

/** How wide curves are: in one column, or side by side where a target has many. */
const plotWidths = { alone: 1000, beside: 720 };
const signalGap = 36;

async function signalBody(
  view: SignalView,
  explanations: readonly FigureExplanation[],
  scale: FigureScale,
): Promise<FigureBody> {
  const perRow = explanations.length > 1 && view.channels > 3 ? 2 : 1;
  const maps = explanations.map(({ heatmap }) => heatmap);
  const layout = await layOutSignal(view, maps, perRow === 1 ? plotWidths.alone : plotWidths.beside);
  const colours = maps.map((map) => coloursOf(layout, map));
  const shared = scale === "shared" ? signalScales(colours) : undefined;
  const cells = explanations.flatMap((explanation, i) => {
    const own = colours[i];
    return own === undefined ? [] : [signalCell(layout, explanation, own, shared ?? signalScales([own]))];
  });
  const sums = explanations.some(({ byChannel }) => byChannel !== undefined);
  const reading = [howToReadSignal(cells.length === 1, scale, sums ? view.channels : 1), channelNote(layout)];
  return {
    ...{ cells, perRow, column: layout.width, gap: signalGap, reading: reading.join(" ").trim() },
    width: perRow * (layout.width + signalGap) - signalGap,
  };
}

async function volumeBody(
  view: VolumeView,
  explanations: readonly FigureExplanation[],
  scale: FigureScale,
): Promise<FigureBody> {
  const colours = explanations.map(({ heatmap }) => volumeColours(heatmap, overlaySmoothing));
  const shared = scale === "shared" ? volumeScales(colours) : undefined;
  const targets = await Promise.all(
    explanations.flatMap((explanation, i) => {
      const own = colours[i];
      return own === undefined ? [] : [volumeCell(view, explanation, own, shared ?? volumeScales([own]))];
    }),
  );
  const voxel = colours[0]?.voxel ?? { depth: 0, row: 0, column: 0 };
  const input = await volumeInputCell(view, voxel, howToReadVolume(targets.length === 1, scale));
  const width = volumeWidth(view);
  return { cells: [input, ...targets], perRow: 1, column: width, gap: 30, width };
}

const featuresWidth = { alone: 760, beside: 560 };

function featuresBody(
  view: FeaturesView,
  explanations: readonly FigureExplanation[],
  scale: FigureScale,
): FigureBody {
  const column = explanations.length === 1 ? featuresWidth.alone : featuresWidth.beside;
  const shared =
    scale === "shared"
      ? Math.max(...explanations.map(({ heatmap }) => largestOf(heatmap.values)))
      : undefined;
  const cells = explanations.map((explanation) => featuresCell(view, explanation, column, shared));
  const perRow = Math.min(3, cells.length);
  const all = view.values.length;
  return {
    ...{ cells, perRow, column, gap: 40, width: perRow * (column + 40) - 40 },
    reading: howToReadFeatures(Math.min(mostFeatures, all), all),
  };
}
