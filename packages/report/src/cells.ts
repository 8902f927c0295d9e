import type { Heatmap } from "@onnx-lrp/core";
import type { Picture } from "@onnx-lrp/pictures";
import { divergingColour, endText, percent, scaleOf, strongestOf } from "@onnx-lrp/pictures/internal";
import { type Mark, shifted } from "./canvas.ts";
import { ellipsize, type TextStyle, textWidth, wrap } from "./text.ts";

/** One place in a figure's grid: what it holds, and how high it is. */
export interface Cell {
  readonly height: number;
  readonly marks: readonly Mark[];
}

/** A target, drawn: its map on the picture and alone. */
export interface Target {
  readonly label: string;
  readonly probability: number | undefined;
  readonly note: string | undefined;
  readonly overlaid: Picture;
  readonly map: Picture;
  /** Lines over the map on the picture, from its top left. */
  readonly contours: readonly Mark[];
  /** A box on both, in their pixels. */
  readonly box?: TileBox | undefined;
  readonly range: ColourRange;
}

/** What a bar of colours says. */
export interface ColourRange {
  /** The relevance of full colour. */
  readonly full: number;
  /** The largest relevance by size. */
  readonly strongest: number;
  /** Whether there is any below 0. */
  readonly negative: boolean;
  /** What has a relevance: a pixel, a sample, a voxel. */
  readonly place: string;
}

export function colourRange(maps: readonly Heatmap[], place: string): ColourRange {
  const negative = maps.some(({ values }) => values.some((value) => Number.isFinite(value) && value < 0));
  return { full: scaleOf(maps), strongest: strongestOf(maps), negative, place };
}

export const inks = { text: "#1d2129", small: "#5b6472" };
export const textStyles = {
  title: { size: 28, weight: "bold" },
  heading: { size: 22, weight: "bold" },
  number: { size: 22 },
  text: { size: 16 },
  strong: { size: 16, weight: "bold" },
} as const satisfies Record<string, TextStyle>;
export const lineHeight = 22;

/** From a cell's top to its tile: room for the heading. */
export const headingHeight = 36;
const tileGap = 16;
const paragraphGap = 12;

/** A rectangle on a tile, in the tile's pixels, with words at its corner. */
export interface TileBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly words?: string;
}

function boxMarks(tile: Picture, boxes: readonly TileBox[], left: number, top: number): Mark[] {
  return boxes.flatMap(({ words, ...box }): Mark[] => {
    const [x, y] = [Math.max(0, box.x), Math.max(0, box.y)];
    const width = Math.min(tile.width, box.x + box.width) - x;
    const height = Math.min(tile.height, box.y + box.height) - y;
    if (width <= 0 || height <= 0) return [];
    const outline: Mark = { kind: "outline", x: left + x, y: top + y, width, height };
    if (words === undefined) return [outline];
    const wide = textWidth(words, textStyles.text) + 10;
    const field = {
      x: left + Math.min(x, tile.width - wide),
      y: top + Math.max(0, y),
      width: wide,
      height: 22,
    };
    return [
      outline,
      { kind: "field", ...field, fill: inks.text },
      {
        kind: "text",
        text: words,
        x: field.x + 5,
        y: field.y + 16,
        style: textStyles.text,
        colour: "#ffffff",
      },
    ];
  });
}

/** The input, and under it what else there is to say of it. */
export function inputCell(
  tile: Picture,
  width: number,
  { facts, paragraphs }: { readonly facts: Cell | undefined; readonly paragraphs: readonly string[] },
  boxes: readonly TileBox[] = [],
): Cell {
  const marks: Mark[] = [
    headingMark("Input", 0),
    ...tileMarks(tile, 0, headingHeight),
    ...boxMarks(tile, boxes, 0, headingHeight),
  ];
  let below = headingHeight + tile.height + tileGap;
  if (facts !== undefined) {
    const top = below;
    marks.push(...facts.marks.map((mark) => shifted(mark, 0, top)));
    below += facts.height + tileGap;
  }
  for (const paragraph of paragraphs.filter((text) => text !== "")) {
    for (const text of wrap(paragraph, width, textStyles.text)) {
      const y = below + textStyles.text.size;
      marks.push({ kind: "text", text, x: 0, y, style: textStyles.text, colour: inks.small });
      below += lineHeight;
    }
    below += paragraphGap;
  }
  return { height: below - paragraphGap, marks };
}

/** A target: its heading, the map on the picture, below it the map alone, and the bar of its colours. */
export function targetCell(target: Target, width: number): Cell {
  const { overlaid, map } = target;
  const alone = headingHeight + overlaid.height + tileGap;
  const bar = alone + map.height + 14;
  const boxes = target.box === undefined ? [] : [target.box];
  const marks: Mark[] = [
    ...headingMarks(target, width),
    ...tileMarks(overlaid, 0, headingHeight),
    ...tileMarks(map, 0, alone),
    ...target.contours.map((mark) => shifted(mark, 0, headingHeight)),
    ...boxMarks(overlaid, boxes, 0, headingHeight),
    ...boxMarks(map, boxes, 0, alone),
    ...colourBar(0, bar, Math.max(map.width, leastBar), target.range),
  ];
  const below = bar + barHeight(target.range);
  if (target.note === undefined) return { height: below, marks };
  const lines = wrap(target.note, width, textStyles.text).slice(0, 2);
  lines.forEach((text, i) => {
    const y = below + (i + 1) * lineHeight - 4;
    marks.push({ kind: "text", text, x: 0, y, style: textStyles.text, colour: inks.small });
  });
  return { height: below + lines.length * lineHeight, marks };
}

export function headingMarks(
  { label, probability }: Pick<Target, "label" | "probability">,
  width: number,
): Mark[] {
  const number = probability === undefined ? "" : percent(probability);
  const space = number === "" ? 0 : 12 + textWidth(number, textStyles.number);
  const heading = headingMark(ellipsize(label, width - space, textStyles.heading), 0);
  if (number === "") return [heading];
  const x = textWidth(heading.text, textStyles.heading) + 12;
  return [heading, { ...heading, text: number, x, style: textStyles.number, colour: inks.small }];
}

export function headingMark(text: string, x: number): Mark & { kind: "text" } {
  return { kind: "text", text, x, y: textStyles.heading.size, style: textStyles.heading, colour: inks.text };
}

export function tileMarks(picture: Picture, x: number, y: number): Mark[] {
  const { width, height } = picture;
  return [
    { kind: "picture", picture, x, y },
    { kind: "frame", x, y, width, height },
  ];
}

/** How narrow a bar of colours may be. */
const leastBar = 260;

/** How high a bar of colours is with its words: two lines of them where there are two signs. */
export function barHeight({ negative, strongest }: ColourRange): number {
  return negative && strongest > 0 ? 56 : 36;
}

/** The colours of a range, from those against the class if there are any, with what their ends mean below. */
export function colourBar(x: number, y: number, width: number, range: ColourRange): Mark[] {
  const { full, strongest, negative, place } = range;
  const height = 10;
  const text = { kind: "text", y: y + height + 19, style: textStyles.text, colour: inks.small } as const;
  if (strongest === 0) {
    const colours = colourRow(width, height, true);
    return [...tileMarks(colours, x, y), { ...text, text: "no relevance anywhere", x }];
  }
  const end = endText(full, strongest);
  const unit = `of the strongest ${place}`;
  const colours = tileMarks(colourRow(width, height, negative), x, y);
  const right = { x: x + width, align: "right" } as const;
  if (!negative) {
    return [...colours, { ...text, text: "0", x }, { ...text, ...right, text: `${end} ${unit}` }];
  }
  const middle = { x: x + width / 2, align: "centre" } as const;
  const second = { ...text, y: text.y + 19 };
  return [
    ...colours,
    { ...text, text: `−${end}`, x },
    { ...text, ...middle, text: "0" },
    { ...text, ...right, text: `+${end}` },
    { ...second, text: "against", x },
    { ...second, ...middle, text: unit },
    { ...second, ...right, text: "for" },
  ];
}

/** The colours from "against" over nothing to "for", from left to right; without a sign from nothing on. */
export function colourRow(width: number, height: number, signed = true): Picture {
  const row = Uint8Array.from({ length: width * 3 }, (_, i) => {
    const share = Math.floor(i / 3) / (width - 1);
    return divergingColour(signed ? 2 * share - 1 : share)[i % 3] ?? 0;
  });
  const rgb = new Uint8Array(row.length * height);
  for (let line = 0; line < height; line++) rgb.set(row, line * row.length);
  return { width, height, rgb };
}
