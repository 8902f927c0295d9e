import type { Picture } from "@onnx-lrp/pictures";
import { divergingColour, formatNumber, percent } from "@onnx-lrp/pictures/internal";
import type { Mark } from "./canvas.ts";
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
  /** A box on both, in their pixels. */
  readonly box?: TileBox | undefined;
  /** The relevance at the ends of the colour bar. */
  readonly scale: number;
}

export const inks = { text: "#1d2129", small: "#5b6472" };
export const textStyles = {
  title: { size: 28, weight: "bold" },
  heading: { size: 22, weight: "bold" },
  number: { size: 22 },
  text: { size: 16 },
} as const satisfies Record<string, TextStyle>;
export const lineHeight = 22;

/** From a cell's top to its tile: room for the heading. */
export const headingHeight = 36;
const tileGap = 16;

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

/** The input, and under it, where the other cells have a second tile, a paragraph. */
export function inputCell(
  tile: Picture,
  width: number,
  paragraph: string,
  boxes: readonly TileBox[] = [],
): Cell {
  const marks: Mark[] = [
    headingMark("Input", 0),
    ...tileMarks(tile, 0, headingHeight),
    ...boxMarks(tile, boxes, 0, headingHeight),
  ];
  const below = headingHeight + tile.height + tileGap;
  const lines = wrap(paragraph, width, textStyles.text);
  lines.forEach((text, i) => {
    const y = below + textStyles.text.size + i * lineHeight;
    marks.push({ kind: "text", text, x: 0, y, style: textStyles.text, colour: inks.small });
  });
  return { height: below + lines.length * lineHeight, marks };
}

/**
 * A target: its heading, the map on the picture, the map alone, and the bar of its colours.
 *
 * @param width of a column
 * @param beside from one tile to the next, if they stand side by side rather than one above the other
 */
export function targetCell(target: Target, width: number, beside?: number): Cell {
  const { overlaid, map } = target;
  const at =
    beside === undefined
      ? { x: 0, y: headingHeight + overlaid.height + tileGap }
      : { x: beside, y: headingHeight };
  const bar = at.y + map.height + 14;
  const marks: Mark[] = [
    ...headingMarks(target, beside === undefined ? width : beside + width),
    ...tileMarks(overlaid, 0, headingHeight),
    ...tileMarks(map, at.x, at.y),
    ...boxMarks(overlaid, target.box === undefined ? [] : [target.box], 0, headingHeight),
    ...boxMarks(map, target.box === undefined ? [] : [target.box], at.x, at.y),
    ...colourBar(at.x, bar, Math.max(map.width, 160), target.scale),
  ];
  if (target.note === undefined) return { height: bar + 34, marks };
  const text = ellipsize(target.note, width, textStyles.text);
  const y = bar + 34 + lineHeight;
  marks.push({ kind: "text", text, x: at.x, y, style: textStyles.text, colour: inks.small });
  return { height: y + 6, marks };
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

/** The colours from -scale over 0 to scale, with the words and numbers of its ends below. */
export function colourBar(x: number, y: number, width: number, scale: number): Mark[] {
  const height = 10;
  const colours = colourRow(width, height);
  const text = { kind: "text", y: y + height + 19, style: textStyles.text, colour: inks.small } as const;
  if (scale === 0) {
    return [...tileMarks(colours, x, y), { ...text, text: "no relevance anywhere", x }];
  }
  const end = formatNumber(scale);
  return [
    ...tileMarks(colours, x, y),
    { ...text, text: `against  −${end}`, x },
    { ...text, text: "0", x: x + width / 2, align: "centre" },
    { ...text, text: `+${end}  for`, x: x + width, align: "right" },
  ];
}

/** The colours from "against" over nothing to "for", from left to right. */
export function colourRow(width: number, height: number): Picture {
  const row = Uint8Array.from({ length: width * 3 }, (_, i) => {
    const value = (2 * Math.floor(i / 3)) / (width - 1) - 1;
    return divergingColour(value)[i % 3] ?? 0;
  });
  const rgb = new Uint8Array(row.length * height);
  for (let line = 0; line < height; line++) rgb.set(row, line * row.length);
  return { width, height, rgb };
}
