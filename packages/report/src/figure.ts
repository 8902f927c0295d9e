import type { Heatmap } from "@onnx-lrp/core";
import {
  fullColourPercentile,
  overlay,
  type Picture,
  paintHeatmap,
  scaleOf,
  smooth,
} from "@onnx-lrp/pictures";
import { drawPng, type Mark, shifted } from "./canvas.ts";
import { type Cell, inks, inputCell, lineHeight, type Target, targetCell, textStyles } from "./cells.ts";
import { ellipsize, wrap } from "./text.ts";
import { toTile } from "./tile.ts";

/** One target's map, with what is written about it. */
export interface FigureExplanation {
  readonly heatmap: Heatmap;
  readonly label: string;
  /** 0..1, written after the label. */
  readonly probability: number | undefined;
  /** A small line under the colour bar. */
  readonly note?: string;
}

export interface FigureOptions {
  /** What the network saw, at the maps' width and height. */
  readonly picture: Picture;
  readonly title?: string;
  readonly explanations: readonly FigureExplanation[];
  /** Whether each map has a range of colours to itself, or all have one; "each" if left out. */
  readonly scale?: "each" | "shared";
  /** Small print at the foot. */
  readonly caption?: string;
}

/**
 * Sigma of the gaussian that smooths a map before it is laid on the picture, as a share of the map's width.
 * The map alone is drawn unsmoothed.
 */
export const overlaySmoothing = 0.012;

const margin = 36;
const gap = 28;
const mostInARow = 5;

/**
 * A PNG of the input and, for each target, the map laid on it and the map alone, with the range of its colours.
 * One target stands in a row; several stand in columns, which wrap.
 *
 * @throws RangeError if there is no explanation, or a map is not of the picture's size
 */
export async function renderFigure(options: FigureOptions): Promise<Uint8Array> {
  const { picture, title, explanations, scale = "each", caption } = options;
  const input = await toTile(picture, "smooth");
  const targets = await drawTargets(picture, explanations, scale);
  const [first] = targets;
  if (!first) throw new RangeError("a figure needs an explanation");

  const column = Math.max(input.width, 260);
  const single = targets.length === 1;
  const reading = howToRead(single, scale);
  const cells = single
    ? [inputCell(input, 2 * column + gap, reading), targetCell(first, column, column + gap)]
    : [inputCell(input, column, reading), ...targets.map((target) => targetCell(target, column))];
  const perRow = Math.ceil(cells.length / Math.ceil(cells.length / mostInARow));
  const width = 2 * margin + (single ? 3 : perRow) * (column + gap) - gap;

  const marks: Mark[] = [];
  const inner = width - 2 * margin;
  let y = margin;
  if (title) {
    const text = ellipsize(title, inner, textStyles.title);
    marks.push({ kind: "text", text, x: margin, y: y + 24, style: textStyles.title, colour: inks.text });
    y += 52;
  }
  for (const row of chunks(cells, perRow)) {
    row.forEach((cell, i) => {
      marks.push(...cell.marks.map((mark) => shifted(mark, margin + i * (column + gap), y)));
    });
    y += Math.max(...row.map((cell) => cell.height)) + gap;
  }
  for (const text of wrap(caption ?? "", inner, textStyles.text)) {
    marks.push({ kind: "text", text, x: margin, y: y + 8, style: textStyles.text, colour: inks.small });
    y += lineHeight;
  }
  return await drawPng(width, y - gap + margin, marks);
}

async function drawTargets(
  picture: Picture,
  explanations: readonly FigureExplanation[],
  scale: "each" | "shared",
): Promise<Target[]> {
  const maps = explanations.map(({ heatmap }) => heatmap);
  // Smoothing spreads relevance and so lowers it: the overlay has a range of its own.
  const smoothed = maps.map((map) => smooth(map, overlaySmoothing * map.width));
  const shared = scale === "shared" ? { raw: scaleOf(maps), smooth: scaleOf(smoothed) } : undefined;
  return await Promise.all(
    explanations.map(async ({ heatmap, label, probability, note }, i): Promise<Target> => {
      const soft = smoothed[i] ?? heatmap;
      const range = shared ?? { raw: scaleOf([heatmap]), smooth: scaleOf([soft]) };
      return {
        label,
        probability,
        note,
        overlaid: await toTile(overlay(picture, soft, range.smooth), "smooth"),
        map: await toTile(paintHeatmap(heatmap, range.raw), "pixels"),
        scale: range.raw,
      };
    }),
  );
}

function howToRead(single: boolean, scale: "each" | "shared"): string {
  const [laid, alone] = single ? ["In the middle", "on the right"] : ["Above", "below"];
  const whose = scale === "shared" ? "all maps together" : single ? "the map" : "each map";
  return (
    `Red speaks for the class, blue against it. ${laid}: the relevance on the picture, smoothed to be seen at a ` +
    `glance; ${alone}: each pixel as it is. Full colour: the ${fullColourPercentile}th percentile of ${whose}.`
  );
}

function chunks(cells: readonly Cell[], size: number): Cell[][] {
  const count = Math.ceil(cells.length / size);
  return Array.from({ length: count }, (_, i) => cells.slice(i * size, (i + 1) * size));
}
