/** Maps of pictures: on the picture and alone, side by side. */
import type { Heatmap } from "@onnx-lrp/core";
import { type BandsView, overlay, type PictureView, paintHeatmap } from "@onnx-lrp/pictures";
import { scaleOf, smooth } from "@onnx-lrp/pictures/internal";
import { shifted } from "../canvas.ts";
import { type Cell, inputCell, type Target, type TileBox, targetCell } from "../cells.ts";
import { toTile } from "../tile.ts";
import { channelBars } from "./channel-bars.ts";
import type { FigureBox, FigureExplanation, FigureScale } from "./explanation.ts";
import type { FigureBody } from "./figure-body.ts";
import { howToReadPicture } from "./words.ts";

/**
 * Sigma of the gaussian that smooths a map before it is laid on the picture, as a share of the map's width.
 * The map alone is drawn unsmoothed.
 */
export const overlaySmoothing = 0.012;

const gap = 28;
const mostInARow = 5;
const barsHeight = 80;

/** One target is drawn as a row, several as columns, which wrap. */
export async function pictureBody(
  view: PictureView | BandsView,
  explanations: readonly FigureExplanation[],
  scale: FigureScale,
): Promise<FigureBody> {
  const input = await toTile(view.picture, "smooth");
  const targets = await drawTargets(view, explanations, scale);
  const zoom = input.width / view.picture.width;
  const boxes = explanations.flatMap(({ box }) =>
    box === undefined ? [] : [{ ...tileBox(box, zoom), words: `${box.rank}` }],
  );
  const column = Math.max(input.width, 260);
  const [first] = targets;
  const single = targets.length === 1;
  const reading = howToReadPicture(view, single, scale);
  const names = view.kind === "bands" ? view.names : undefined;
  const withBars = (cell: Cell, i: number, x: number) =>
    withChannelBars(cell, explanations[i]?.byChannel, names, x, column);
  const cells =
    single && first !== undefined
      ? [
          inputCell(input, 2 * column + gap, reading, boxes),
          withBars(targetCell(first, column, column + gap), 0, column + gap),
        ]
      : [
          inputCell(input, column, reading, boxes),
          ...targets.map((target, i) => withBars(targetCell(target, column), i, 0)),
        ];
  const perRow = Math.ceil(cells.length / Math.ceil(cells.length / mostInARow));
  return { cells, perRow, column, gap, width: (single ? 3 : perRow) * (column + gap) - gap };
}

function withChannelBars(
  cell: Cell,
  byChannel: Float32Array | undefined,
  names: readonly string[] | undefined,
  x: number,
  width: number,
): Cell {
  if (byChannel === undefined) return cell;
  const bars = channelBars({ byChannel, names, width, height: barsHeight });
  const y = cell.height + 14;
  return {
    height: y + bars.height,
    marks: [...cell.marks, ...bars.marks.map((mark) => shifted(mark, x, y))],
  };
}

async function drawTargets(
  { picture }: PictureView | BandsView,
  explanations: readonly FigureExplanation[],
  scale: FigureScale,
): Promise<Target[]> {
  const maps = explanations.map(({ heatmap }) => heatmap);
  // Smoothing spreads relevance and so lowers it: the overlay has a range of its own.
  const smoothed = maps.map((map) => smoothedOverlay(map));
  const shared = scale === "shared" ? { raw: scaleOf(maps), smooth: scaleOf(smoothed) } : undefined;
  return await Promise.all(
    explanations.map(async ({ heatmap, label, probability, note, box }, i): Promise<Target> => {
      const soft = smoothed[i] ?? heatmap;
      const range = shared ?? { raw: scaleOf([heatmap]), smooth: scaleOf([soft]) };
      const map = await toTile(paintHeatmap(heatmap, range.raw), "pixels");
      return {
        label,
        probability,
        note,
        overlaid: await toTile(overlay(picture, soft, range.smooth), "smooth"),
        map,
        box: box && tileBox(box, map.width / heatmap.width),
        scale: range.raw,
      };
    }),
  );
}

function tileBox({ left, top, right, bottom }: FigureBox, zoom: number): TileBox {
  return { x: left * zoom, y: top * zoom, width: (right - left) * zoom, height: (bottom - top) * zoom };
}

function smoothedOverlay(map: Heatmap): Heatmap {
  return smooth(map, overlaySmoothing * map.width);
}
