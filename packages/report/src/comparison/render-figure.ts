import type { Heatmap } from "@onnx-lrp/core";
import {
  fullColourPercentile,
  overlay,
  type Picture,
  paintHeatmap,
  scaleOf,
  smooth,
} from "@onnx-lrp/pictures";
import { drawPng, type Mark, shifted } from "../canvas.ts";
import { type Cell, inks, lineHeight, textStyles } from "../cells.ts";
import { overlaySmoothing } from "../figure.ts";
import { type TextStyle, wrap } from "../text.ts";
import { fitInto } from "../tile.ts";
import {
  type ComparedMethod,
  type ComparedNetwork,
  type Comparison,
  type ComparisonCell,
  checkComparison,
  mapsOf,
} from "./comparison.ts";
import { headCell, legendCell, mapCell, refusedCell, rowCell } from "./parts.ts";

export interface ComparisonOptions {
  /** Each map laid on the picture and smoothed a little, or its own pixels alone; "overlay" if left out. */
  readonly view?: "overlay" | "map";
  /** Whether each map has a range of colours to itself, or those of a row share one; "each" if left out. */
  readonly scale?: "each" | "row";
}

const margin = 36;
const gap = 14;
const mostMethodsInARow = 9;
/** About how wide a picture may become, what its tiles then may measure, and how wide it is at least. */
const wanted = 1880;
const tileSides = { least: 160, most: 300 };
const narrowest = 720;

/** What stands one below the other on the page, each with the room before it. */
interface Strip {
  readonly before: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

/**
 * A PNG of all maps: a row for each picture and target, a column for each method, a block for each network. More than nine
 * methods stand in several rows of about as many, each with the picture before it.
 *
 * @throws RangeError if the comparison does not fit together (`checkComparison`)
 */
export async function renderComparison(
  comparison: Comparison,
  options: ComparisonOptions = {},
): Promise<Uint8Array> {
  checkComparison(comparison);
  const { title = "", caption = "", methods, networks } = comparison;
  const { view = "overlay", scale = "each" } = options;
  const perRow = Math.ceil(methods.length / Math.ceil(methods.length / mostMethodsInARow));
  const side = Math.min(
    tileSides.most,
    Math.max(tileSides.least, Math.floor((wanted - 2 * margin + gap) / (perRow + 1)) - gap),
  );
  const inner = Math.max((perRow + 1) * (side + gap) - gap, narrowest - 2 * margin);

  const strips: Strip[] = [text(title, inner, textStyles.title, inks.text, 0)];
  for (const network of networks) {
    strips.push(
      text(network.name, inner, textStyles.heading, inks.text, 26),
      text(network.note ?? "", inner, textStyles.text, inks.small, 4),
      ...(await blockOf(network, methods, { perRow, side, view, scale })),
    );
  }
  const legend = legendCell();
  strips.push(
    { before: 28, height: legend.height, marks: legend.marks },
    text(howToRead(view, scale), inner, textStyles.text, inks.small, 10),
    text(caption, inner, textStyles.text, inks.small, 6),
  );

  const marks: Mark[] = [];
  let y = margin;
  for (const strip of strips.filter(({ marks }) => marks.length > 0)) {
    if (y > margin) y += strip.before;
    const top = y;
    marks.push(...strip.marks.map((mark) => shifted(mark, margin, top)));
    y += strip.height;
  }
  return await drawPng(inner + 2 * margin, Math.ceil(y + margin), marks);
}

interface Layout extends Required<ComparisonOptions> {
  readonly perRow: number;
  readonly side: number;
}

async function blockOf(
  network: ComparedNetwork,
  methods: readonly ComparedMethod[],
  layout: Layout,
): Promise<Strip[]> {
  const { perRow, side } = layout;
  const strips: Strip[] = [];
  for (let first = 0; first < methods.length; first += perRow) {
    const heads = methods
      .slice(first, first + perRow)
      .map((method, i) => headCell(method, network.costs?.[first + i], side));
    strips.push(inARow([{ height: 0, marks: [] }, ...heads], side, first === 0 ? 16 : 30));
    for (const { name, shown, targets } of network.pictures) {
      const tile = await fitInto(shown, side, "smooth");
      for (const target of targets) {
        const range = layout.scale === "row" ? rowScale(mapsOf(target), layout.view) : undefined;
        const cells = target.cells.slice(first, first + perRow);
        const drawn = await Promise.all(cells.map((cell) => cellOf(cell, shown, tile, range, layout)));
        const named = network.pictures.length > 1 ? name : "";
        strips.push(inARow([rowCell(tile, target, named, side), ...drawn], side, 16));
      }
    }
  }
  return strips;
}

function inARow(cells: readonly Cell[], side: number, before: number): Strip {
  const marks = cells.flatMap((cell, i) => cell.marks.map((mark) => shifted(mark, i * (side + gap), 0)));
  return { before, height: Math.ceil(Math.max(...cells.map((cell) => cell.height))), marks };
}

async function cellOf(
  cell: ComparisonCell,
  shown: Picture,
  tile: Picture,
  range: number | undefined,
  { side, view }: Layout,
): Promise<Cell> {
  if (cell.kind === "refused") return refusedCell(tile.width, tile.height, cell.reason);
  const map = asSeen(cell.heatmap, view);
  const scale = range ?? scaleOf([map]);
  return mapCell(
    view === "overlay"
      ? await fitInto(overlay(shown, map, scale), side, "smooth")
      : await fitInto(paintHeatmap(map, scale), side, "pixels"),
    scale,
  );
}

function asSeen(map: Heatmap, view: "overlay" | "map"): Heatmap {
  return view === "overlay" ? smooth(map, overlaySmoothing * map.width) : map;
}

function rowScale(maps: readonly Heatmap[], view: "overlay" | "map"): number {
  return scaleOf(maps.map((map) => asSeen(map, view)));
}

function text(words: string, width: number, style: TextStyle, colour: string, before: number): Strip {
  const leading = Math.max(lineHeight, style.size * 1.2);
  const lines = wrap(words, width, style);
  const marks = lines.map((line, i): Mark => {
    return { kind: "text", text: line, x: 0, y: i * leading + style.size, style, colour };
  });
  return { before, height: Math.ceil(lines.length * leading), marks };
}

function howToRead(view: "overlay" | "map", scale: "each" | "row"): string {
  const what =
    view === "overlay"
      ? "The relevance on the picture, smoothed to be seen at a glance."
      : "The relevance, each pixel as it is.";
  const whose = scale === "row" ? "the row's maps together" : "the map";
  return (
    `${what} Red speaks for the class, blue against it; methods without a sign have only red. ` +
    `Full colour, written below each map: the ${fullColourPercentile}th percentile of ${whose}.`
  );
}
