/** What a comparison's picture is put together from: a method's head, a row's first cell, a map with its range, a refusal. */
import type { Picture } from "@onnx-lrp/pictures";
import { formatNumber, percent } from "@onnx-lrp/pictures/internal";
import type { Mark } from "../canvas.ts";
import { type Cell, colourRow, inks, textStyles } from "../cells.ts";
import { ellipsize, type TextStyle, textWidth, wrap } from "../text.ts";
import type { ComparedMethod, ComparedTarget } from "./comparison.ts";

const styles = {
  name: { size: 17, weight: "bold" },
  label: { size: 17, weight: "bold" },
  small: { size: 13.5 },
} as const satisfies Record<string, TextStyle>;

/** A line's height for each of them. */
const leading = 1.3;
const panel = "#f1f2f4";

/** A method's name, what it is, and what it cost. */
export function headCell(
  { name, summary = "" }: ComparedMethod,
  cost: string | undefined,
  width: number,
): Cell {
  const marks: Mark[] = [];
  let y = paragraph(marks, wrapAnywhere(name, width, styles.name), 0, styles.name, inks.text);
  y = paragraph(marks, atMost(4, summary, width, styles.small), y, styles.small, inks.small);
  if (cost) y = paragraph(marks, atMost(1, cost, width, styles.small), y, styles.small, inks.small);
  return { height: y, marks };
}

/** What the network saw, and below it which class the row is about. */
export function rowCell(
  tile: Picture,
  { label, probability }: ComparedTarget,
  name: string,
  side: number,
): Cell {
  const marks = tileMarks(tile);
  let y = tile.height + 8;
  y = paragraph(marks, atMost(2, label, side, styles.label), y, styles.label, inks.text);
  if (probability !== undefined) y = paragraph(marks, [percent(probability)], y, styles.small, inks.small);
  y = paragraph(marks, atMost(1, name, side, styles.small), y, styles.small, inks.small);
  return { height: y, marks };
}

/** A map, and below it the relevance of its full colour. */
export function mapCell(tile: Picture, scale: number): Cell {
  const marks = tileMarks(tile);
  const range = scale > 0 ? `±${formatNumber(scale)}` : "no relevance anywhere";
  const y = paragraph(marks, [range], tile.height + 8, styles.small, inks.small);
  return { height: y, marks };
}

/** A pale field in the size of the tile with the reason why there is no map. */
export function refusedCell(width: number, height: number, reason: string): Cell {
  const inset = 10;
  const line = styles.small.size * leading;
  const lines = atMost(
    Math.max(1, Math.floor((height - 2 * inset) / line)),
    reason,
    width - 2 * inset,
    styles.small,
  );
  const text: Mark[] = [];
  paragraph(text, lines, (height - lines.length * line) / 2, styles.small, inks.small);
  const marks: Mark[] = [
    { kind: "field", x: 0, y: 0, width, height, fill: panel },
    ...text.map((mark) => ({ ...mark, x: inset })),
  ];
  return { height, marks };
}

/** The colours once for all, in a line with the words for their ends. */
export function legendCell(): Cell {
  const [width, height] = [180, 12];
  const text = { kind: "text", y: 12, style: textStyles.text, colour: inks.small } as const;
  const left = Math.ceil(textWidth("against", textStyles.text)) + 10;
  const marks: Mark[] = [
    { ...text, text: "against", x: 0 },
    ...tileMarks(colourRow(width, height)).map((mark) => ({ ...mark, x: left })),
    { ...text, text: "for", x: left + width + 10 },
  ];
  return { height: 16, marks };
}

/** Adds lines of text from `y` down, and says where they end. */
function paragraph(
  marks: Mark[],
  lines: readonly string[],
  y: number,
  style: TextStyle,
  colour: string,
): number {
  const line = style.size * leading;
  lines.forEach((text, i) => {
    marks.push({ kind: "text", text, x: 0, y: y + i * line + style.size, style, colour });
  });
  return y + lines.length * line;
}

/** The text in at most `count` lines, the last with an ellipsis if there is more. */
function atMost(count: number, text: string, width: number, style: TextStyle): string[] {
  const lines = wrapAnywhere(text, width, style);
  if (lines.length <= count) return lines;
  const last = lines[count - 1] ?? "";
  return [...lines.slice(0, count - 1), ellipsize(`${last} ${lines[count] ?? ""}…`, width, style)];
}

/** `wrap`, but a word too long for a line may break after a hyphen, a slash or an underscore. */
function wrapAnywhere(text: string, width: number, style: TextStyle): string[] {
  return text.split(/\s+/).every((word) => textWidth(word, style) <= width)
    ? wrap(text, width, style)
    : wrap(text.replace(/([-/_+])(?=\S)/g, "$1 "), width, style);
}

function tileMarks(picture: Picture): Mark[] {
  const { width, height } = picture;
  return [
    { kind: "picture", picture, x: 0, y: 0 },
    { kind: "frame", x: 0, y: 0, width, height },
  ];
}
