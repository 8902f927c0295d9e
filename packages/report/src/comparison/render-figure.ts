import type { Heatmap } from "@onnx-lrp/core";
import type { InputView, Picture } from "@onnx-lrp/pictures";
import { fullColourPercentile, isCoarse, repeatPixels, scaleOf } from "@onnx-lrp/pictures/internal";
import { drawPng, type Mark, shifted } from "../canvas.ts";
import { type Cell, inks, lineHeight, textStyles } from "../cells.ts";
import { type TextStyle, wrap } from "../text.ts";
import { fitInto } from "../tile.ts";
import { channelBars } from "../views/channel-bars.ts";
import { overlaySmoothing } from "../views/picture.ts";
import { bandsNote } from "../views/words.ts";
import {
  type ComparedMethod,
  type ComparedNetwork,
  type Comparison,
  type ComparisonCell,
  checkComparison,
  mapsOf,
} from "./comparison.ts";
import { headCell, legendCell, mapCell, refusedCell, rowCell } from "./parts.ts";
import { alone, coloured, type Sheet, sheetOf, smoothOnSheet } from "./sheet.ts";

/** How a comparison is drawn. */
export interface ComparisonOptions {
  /** Each map laid on the picture and smoothed a little, or its own pixels alone; "overlay" if left out. */
  readonly view?: "overlay" | "map";
  /** Whether each map has a range of colours to itself, or those of a row share one; "each" if left out. */
  readonly scale?: "each" | "row";
}

const margin = 36;
const gap = 14;
/** How many methods a row has, and how wide a tile may become: curves and names need room. */
const rows: Readonly<Record<InputView["kind"], { readonly methods: number; readonly side: number }>> = {
  picture: { methods: 9, side: 300 },
  bands: { methods: 9, side: 300 },
  volume: { methods: 6, side: 300 },
  signal: { methods: 3, side: 480 },
  features: { methods: 5, side: 300 },
};
/** About how wide a figure may become, and what its tiles measure at least. */
const wanted = 1880;
const leastSide = 160;
/** Of the bars by channel under a map. */
const barsHeight = 44;
const narrowest = 720;

/** What stands one below the other on the page, each with the room before it. */
interface Strip {
  readonly before: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

/**
 * A PNG of all maps: a row for each picture and target, a column for each method, a block for each network. More than nine
 * methods (of signals and features fewer) stand in several rows of about as many, each with the picture before it.
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
  const kinds = networks.flatMap(({ pictures }) => pictures.map(({ input }) => rows[input.kind]));
  const most = Math.min(...kinds.map(({ methods }) => methods));
  const perRow = Math.ceil(methods.length / Math.ceil(methods.length / most));
  const side = Math.min(
    ...kinds.map(({ side }) => side),
    Math.max(leastSide, Math.floor((wanted - 2 * margin + gap) / (perRow + 1)) - gap),
  );
  const inner = Math.max((perRow + 1) * (side + gap) - gap, narrowest - 2 * margin);

  const notes = new Set<string>();
  const strips: Strip[] = [text(title, inner, textStyles.title, inks.text, 0)];
  for (const network of networks) {
    strips.push(
      text(network.name, inner, textStyles.heading, inks.text, 26),
      text(network.note ?? "", inner, textStyles.text, inks.small, 4),
      ...(await blockOf(network, methods, { perRow, side, view, scale, notes })),
    );
  }
  const legend = legendCell();
  strips.push(
    { before: 28, height: legend.height, marks: legend.marks },
    text([howToRead(view, scale, networks), ...notes].join(" "), inner, textStyles.text, inks.small, 10),
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
  /** Sentences on what is drawn, gathered on the way. */
  readonly notes: Set<string>;
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
    for (const { name, input, targets } of network.pictures) {
      const sheet = await sheetOf(input, targets.flatMap(mapsOf), side);
      const tile = await tileOf(sheet, sheet.drawing, side, "smooth");
      for (const note of [bandsNote(input), sheet.note]) if (note !== "") layout.notes.add(note);
      for (const target of targets) {
        const range =
          layout.scale === "row"
            ? scaleOf(mapsOf(target).map((map) => asSeen(sheet, map, layout.view)))
            : undefined;
        const cells = target.cells.slice(first, first + perRow);
        const drawn = await Promise.all(
          cells.map((cell) => cellOf(cell, input, { sheet, tile, range }, layout)),
        );
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

interface Drawn {
  readonly sheet: Sheet;
  readonly tile: Picture;
  /** The relevance of full colour, where the row has one. */
  readonly range: number | undefined;
}

async function cellOf(
  cell: ComparisonCell,
  input: InputView,
  { sheet, tile, range }: Drawn,
  { side, view }: Layout,
): Promise<Cell> {
  if (cell.kind === "refused") return refusedCell(tile.width, tile.height, cell.reason);
  const map = asSeen(sheet, cell.heatmap, view);
  const scale = range ?? scaleOf([map]);
  const drawn = mapCell(
    view === "overlay"
      ? await tileOf(sheet, coloured(sheet, map, scale, isCoarse(cell.heatmap)), side, "smooth")
      : await tileOf(sheet, alone(sheet, map, scale), side, "pixels"),
    scale,
  );
  if (cell.byChannel === undefined || input.kind === "signal") return drawn;
  const names = input.kind === "bands" || input.kind === "volume" ? input.names : undefined;
  const bars = channelBars({ byChannel: cell.byChannel, names, width: tile.width, height: barsHeight });
  const y = drawn.height + 8;
  return {
    height: y + bars.height,
    marks: [...drawn.marks, ...bars.marks.map((mark) => shifted(mark, 0, y))],
  };
}

/** A picture of the sheet, or of its map, at the size of a tile. */
async function tileOf(
  { blend, drawing }: Sheet,
  picture: Picture,
  side: number,
  how: "smooth" | "pixels",
): Promise<Picture> {
  // A drawing in ink has the size of a tile already.
  return blend === "over"
    ? await fitInto(picture, side, how)
    : repeatPixels(picture, drawing.width / picture.width, drawing.height / picture.height);
}

function asSeen(sheet: Sheet, map: Heatmap, view: "overlay" | "map"): Heatmap {
  return view === "overlay"
    ? smoothOnSheet(sheet, sheet.onto(map, "mean"), overlaySmoothing)
    : sheet.onto(map, "strongest");
}

function text(words: string, width: number, style: TextStyle, colour: string, before: number): Strip {
  const leading = Math.max(lineHeight, style.size * 1.2);
  const lines = wrap(words, width, style);
  const marks = lines.map((line, i): Mark => {
    return { kind: "text", text: line, x: 0, y: i * leading + style.size, style, colour };
  });
  return { before, height: Math.ceil(lines.length * leading), marks };
}

function howToRead(
  view: "overlay" | "map",
  scale: "each" | "row",
  networks: readonly ComparedNetwork[],
): string {
  const kinds = networks.flatMap(({ pictures }) => pictures.map(({ input }) => input.kind));
  const whose = scale === "row" ? "the row's maps together" : "the map";
  return [
    ...new Set(kinds.map((kind) => whatIsSeen(kind, view))),
    "Red speaks for the class, blue against it; methods without a sign have only red.",
    `Full colour, written below each map: the ${fullColourPercentile}th percentile of ${whose}.`,
  ].join(" ");
}

function whatIsSeen(kind: InputView["kind"], view: "overlay" | "map"): string {
  const { whole, places } = {
    picture: { whole: "on the picture", places: "each pixel" },
    bands: { whole: "on the picture", places: "each pixel" },
    signal: {
      whole: "under the curve",
      places: "each sample, or the strongest of those that share a column,",
    },
    volume: { whole: "on three planes of the volume", places: "each voxel of three planes" },
    features: { whole: "under each feature's name and value", places: "each feature" },
  }[kind];
  if (view === "map") return `The relevance, ${places} as it is.`;
  return `The relevance ${whole}${kind === "features" ? "" : ", smoothed to be seen at a glance"}.`;
}
