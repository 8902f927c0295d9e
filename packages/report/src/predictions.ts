/** What a network says of an input, as bars. */
import { percent } from "@onnx-lrp/pictures/internal";
import type { Mark } from "./canvas.ts";
import { type Cell, inks, textStyles } from "./cells.ts";
import { ellipsize, textWidth } from "./text.ts";

/** A class with its probability, 0..1. */
export interface Prediction {
  readonly label: string;
  readonly probability: number;
}

const rowHeight = 27;
const barWidth = 84;
const fill = { bar: "#8b93a1", ground: "#eceef1" };

/** A heading, and for each class its name, a bar as long as it is probable, and the number. */
export function predictionBars(predictions: readonly Prediction[], width: number): Cell {
  const text = { kind: "text", style: textStyles.text, colour: inks.small } as const;
  const marks: Mark[] = [
    { ...text, text: "The network predicts", x: 0, y: 16, style: textStyles.strong, colour: inks.text },
  ];
  const numbers = predictions.map(({ probability }) => percent(probability));
  const numberWidth = Math.max(...numbers.map((number) => textWidth(number, textStyles.text)));
  const left = width - numberWidth - 10 - barWidth;
  for (const [i, { label, probability }] of predictions.entries()) {
    const y = 24 + i * rowHeight;
    const share = Math.min(1, Math.max(0, Number.isFinite(probability) ? probability : 0));
    marks.push(
      { ...text, text: ellipsize(label, left - 10, textStyles.text), x: 0, y: y + 17 },
      { kind: "field", x: left, y: y + 6, width: barWidth, height: 10, fill: fill.ground },
      { kind: "field", x: left, y: y + 6, width: share * barWidth, height: 10, fill: fill.bar },
      { ...text, text: numbers[i] ?? "", x: width, y: y + 17, align: "right" },
    );
  }
  return { height: 24 + predictions.length * rowHeight, marks };
}
