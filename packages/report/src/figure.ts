import type { Backdrop, InputView } from "@onnx-lrp/pictures";
import { drawPng, type Mark, shifted } from "./canvas.ts";
import { type Cell, inks, lineHeight, textStyles } from "./cells.ts";
import type { Prediction } from "./predictions.ts";
import { wrap } from "./text.ts";
import { titleIn } from "./title.ts";
import { bodyOf } from "./views/body.ts";
import type { FigureExplanation, FigureScale } from "./views/explanation.ts";

/** What a figure shows. */
export interface FigureOptions {
  /** What the input looks like. */
  readonly input: InputView;
  readonly title?: string;
  readonly explanations: readonly FigureExplanation[];
  /** Whether each map has a range of colours to itself, or all have one; "each" if left out. */
  readonly scale?: FigureScale;
  /** Of pictures: whether what lies under a map is in grey, so that only the map has colours, or in its own; `grey` if left out. */
  readonly backdrop?: Backdrop | undefined;
  /** Of pictures: what the network says of the input, written under it. */
  readonly predictions?: readonly Prediction[] | undefined;
  /** Small print. */
  readonly caption?: string;
}

const margin = 36;

/**
 * A PNG of the input and the maps of all targets, with the ranges of their colours. Of a picture each map laid on it and, below,
 * alone, beside the input and what the network predicts; of a signal its curves over the colours; of a volume planes and slices; of features bars.
 *
 * @throws RangeError if there is no explanation, or a map is not of the input's size
 */
export async function renderFigure(options: FigureOptions): Promise<Uint8Array> {
  const { input, title, explanations, caption = "" } = options;
  const { scale = "each", backdrop = "grey", predictions = [] } = options;
  const look = { scale, backdrop, predictions, caption };
  if (explanations.length === 0) throw new RangeError("a figure needs an explanation");
  const body = await bodyOf(input, explanations, look);
  const { cells, perRow, column, gap, width: inner, reading = "", captioned = false } = body;

  const marks: Mark[] = [];
  let y = margin;
  if (title) {
    const text = titleIn(title, inner);
    marks.push({ kind: "text", text, x: margin, y: y + 24, style: textStyles.title, colour: inks.text });
    y += 52;
  }
  for (const row of chunks(cells, perRow)) {
    row.forEach((cell, i) => {
      marks.push(...cell.marks.map((mark) => shifted(mark, margin + i * (column + gap), y)));
    });
    y += Math.max(...row.map((cell) => cell.height)) + gap;
  }
  const small = [reading, captioned ? "" : caption].flatMap((text) => wrap(text, inner, textStyles.text));
  for (const text of small) {
    marks.push({ kind: "text", text, x: margin, y: y + 8, style: textStyles.text, colour: inks.small });
    y += lineHeight;
  }
  return await drawPng(inner + 2 * margin, Math.ceil(y - gap + margin), marks);
}

function chunks(cells: readonly Cell[], size: number): Cell[][] {
  const count = Math.ceil(cells.length / size);
  return Array.from({ length: count }, (_, i) => cells.slice(i * size, (i + 1) * size));
}
