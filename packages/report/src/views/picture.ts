/** Maps of pictures: on the picture and alone, one above the other. */
import type { Heatmap } from "@onnx-lrp/core";
import { type BandsView, overlay, type Picture, type PictureView, paintHeatmap } from "@onnx-lrp/pictures";
import { isCoarse, scaleOf, smooth } from "@onnx-lrp/pictures/internal";
import { type Mark, shifted } from "../canvas.ts";
import { type Cell, colourRange, inputCell, type Target, type TileBox, targetCell } from "../cells.ts";
import { contourPath, contourSegments } from "../contours.ts";
import { predictionBars } from "../predictions.ts";
import { toTile } from "../tile.ts";
import { channelBars } from "./channel-bars.ts";
import type { FigureBox, FigureExplanation, FigureLook } from "./explanation.ts";
import type { FigureBody } from "./figure-body.ts";
import { howToReadPicture } from "./words.ts";

/**
 * Sigma of the gaussian that smooths a map before it is laid on the picture, as a share of the map's width.
 * The map alone is drawn unsmoothed.
 */
export const overlaySmoothing = 0.012;

const gap = 28;
/** Of columns, the input's included. */
const mostInARow = 5;
const leastInARow = 3;
const barsHeight = 80;

/** The input and what the network says of it, then each target, in columns of the same height that wrap. */
export async function pictureBody(
  view: PictureView | BandsView,
  explanations: readonly FigureExplanation[],
  look: FigureLook,
): Promise<FigureBody> {
  const input = await toTile(view.picture, "smooth");
  const targets = await drawTargets(view, explanations, look);
  const zoom = input.width / view.picture.width;
  const boxes = explanations.flatMap(({ box }) =>
    box === undefined ? [] : [{ ...tileBox(box, zoom), words: `${box.rank}` }],
  );
  const column = Math.max(input.width, 260);
  const paragraph = howToReadPicture(view, {
    scale: look.scale,
    single: targets.length === 1,
    negative: targets.some(({ range }) => range.negative),
    contours: targets.some(({ contours }) => contours.length > 0),
  });
  const names = view.kind === "bands" ? view.names : undefined;
  const facts = look.predictions.length === 0 ? undefined : predictionBars(look.predictions, column);
  const cells = [
    inputCell(input, column, { facts, paragraphs: [paragraph, look.caption] }, boxes),
    ...targets.map((target, i) =>
      withChannelBars(targetCell(target, column), explanations[i]?.byChannel, names, column),
    ),
  ];
  const perRow = columnsFor(cells.length);
  return { cells, perRow, column, gap, width: perRow * (column + gap) - gap, captioned: true };
}

/** As many columns as leave the fewest places empty. */
function columnsFor(cells: number): number {
  if (cells <= mostInARow) return cells;
  const empty = (columns: number) => Math.ceil(cells / columns) * columns - cells;
  let best = mostInARow;
  for (let columns = mostInARow - 1; columns >= leastInARow; columns -= 1) {
    if (empty(columns) < empty(best)) best = columns;
  }
  return best;
}

function withChannelBars(
  cell: Cell,
  byChannel: Float32Array | undefined,
  names: readonly string[] | undefined,
  width: number,
): Cell {
  if (byChannel === undefined) return cell;
  const bars = channelBars({ byChannel, names, width, height: barsHeight });
  const y = cell.height + 14;
  return {
    height: y + bars.height,
    marks: [...cell.marks, ...bars.marks.map((mark) => shifted(mark, 0, y))],
  };
}

async function drawTargets(
  { picture }: PictureView | BandsView,
  explanations: readonly FigureExplanation[],
  { scale, backdrop }: FigureLook,
): Promise<Target[]> {
  const maps = explanations.map(({ heatmap }) => heatmap);
  // Smoothing spreads relevance and so lowers it: the overlay has a range of its own.
  const smoothed = maps.map((map) => smoothedOverlay(map));
  const shared =
    scale === "shared" ? { raw: colourRange(maps, "pixel"), smooth: scaleOf(smoothed) } : undefined;
  return await Promise.all(
    explanations.map(async ({ heatmap, label, probability, note, box }, i): Promise<Target> => {
      const soft = smoothed[i] ?? heatmap;
      const range = shared ?? { raw: colourRange([heatmap], "pixel"), smooth: scaleOf([soft]) };
      const coarse = isCoarse(heatmap);
      const map = await toTile(paintHeatmap(heatmap, range.raw.full), "pixels");
      return {
        label,
        probability,
        note,
        overlaid: await toTile(overlay(picture, soft, range.smooth, { backdrop, coarse }), "smooth"),
        map,
        contours: coarse ? contoursOf(heatmap, range.raw.strongest, map) : [],
        box: box && tileBox(box, map.width / heatmap.width),
        range: range.raw,
      };
    }),
  );
}

/** Shares of the strongest pixel at which a coarse map has a line, and how thick that is. */
const contourLevels = [
  { share: 0.5, thickness: 1 },
  { share: 0.8, thickness: 2 },
] as const;

function contoursOf(map: Heatmap, strongest: number, tile: Picture): Mark[] {
  const zoom = tile.width / map.width;
  return contourLevels.flatMap(({ share, thickness }) => {
    const segments = [share, -share].flatMap((level) => contourSegments(map, level * strongest));
    const path = contourPath(segments, zoom);
    return path === "" ? [] : [{ kind: "line", x: 0, y: 0, height: tile.height, path, thickness }];
  });
}

function tileBox({ left, top, right, bottom }: FigureBox, zoom: number): TileBox {
  return { x: left * zoom, y: top * zoom, width: (right - left) * zoom, height: (bottom - top) * zoom };
}

function smoothedOverlay(map: Heatmap): Heatmap {
  return smooth(map, overlaySmoothing * map.width);
}
