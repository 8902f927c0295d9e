/** Maps of features: the strongest of them as bars. */
import type { Heatmap } from "@onnx-lrp/core";
import type { FeaturesView } from "@onnx-lrp/pictures";
import { channelName, formatNumber, strongestFeatures } from "@onnx-lrp/pictures/internal";
import type { Mark } from "../canvas.ts";
import { type Cell, headingHeight, headingMarks, inks } from "../cells.ts";
import { ellipsize, type TextStyle } from "../text.ts";
import { barColour, largestOf } from "./channel-bars.ts";
import type { FigureExplanation } from "./explanation.ts";

const styles = {
  name: { size: 14 },
  small: { size: 12.5 },
} as const satisfies Record<string, TextStyle>;

export const mostFeatures = 20;
const rowHeight = 23;
/** Room for a feature's name and its number, and for the number of its relevance. */
const [nameWidth, valueWidth, numberWidth] = [150, 62, 66];

/** A target: its heading and the bars of its strongest features, strongest first. */
export function featuresCell(
  view: FeaturesView,
  target: FigureExplanation,
  width: number,
  scale = largestOf(target.heatmap.values),
): Cell {
  const bars = featureBars(view, target.heatmap, width, scale);
  return {
    height: headingHeight + bars.height,
    marks: [
      ...headingMarks(target, width),
      ...bars.marks.map((mark) => ({ ...mark, y: mark.y + headingHeight })),
    ],
  };
}

export function featureBars(view: FeaturesView, heatmap: Heatmap, width: number, scale: number): Cell {
  const features = strongestFeatures(heatmap, mostFeatures);
  const values = Float32Array.from(features, (i) => heatmap.values[i] ?? 0);
  const negative = values.some((value) => value < 0);
  const positive = values.some((value) => value > 0);
  const both = negative && positive;
  const from = nameWidth + valueWidth + (negative ? numberWidth : 0);
  const to = width - (positive || !negative ? numberWidth : 0);
  const zero = Math.round(both ? (from + to) / 2 : negative ? to : from);
  const reach = (both ? 0.5 : 1) * (to - from);
  const top = rowHeight;
  const text = { kind: "text", style: styles.name, colour: inks.text } as const;
  const small = { ...text, style: styles.small, colour: inks.small } as const;
  const marks: Mark[] = [
    { ...small, text: "feature", x: 0, y: 12 },
    { ...small, text: "value", x: nameWidth + valueWidth - 14, y: 12, align: "right" },
    { ...small, text: "relevance", x: zero, y: 12, align: both ? "centre" : negative ? "right" : "left" },
  ];
  for (const [row, feature] of features.entries()) {
    const y = top + row * rowHeight;
    const value = values[row] ?? 0;
    const share = scale > 0 && Number.isFinite(value) ? Math.min(1, Math.abs(value) / scale) : 0;
    const long = share * reach;
    const name = ellipsize(channelName(view, feature), nameWidth - 8, styles.name);
    marks.push(
      { ...text, text: name, x: 0, y: y + 13 },
      {
        ...{ ...small, text: numberOf(view, feature), y: y + 13 },
        ...{ x: nameWidth + valueWidth - 14, align: "right" },
      },
      {
        ...{ kind: "field", y: y + 1, height: rowHeight - 7, fill: barColour(value) },
        ...{ x: value < 0 ? zero - long : zero, width: long },
      },
      {
        ...{ ...small, text: signed(value, "+"), y: y + 13 },
        ...{ x: zero + (value < 0 ? -long - 6 : long + 6), align: value < 0 ? "right" : "left" },
      },
    );
  }
  const height = top + features.length * rowHeight;
  marks.push({ kind: "field", x: zero, y: top - 3, width: 1, height: height - top, fill: "#b9bec6" });
  return { height: height + 4, marks };
}

/** Empty where the input's numbers are not at hand. */
function numberOf({ values }: FeaturesView, feature: number): string {
  const value = values[feature] ?? Number.NaN;
  return Number.isNaN(value) ? "" : signed(value, "");
}

function signed(value: number, plus: "" | "+"): string {
  if (!Number.isFinite(value)) return "no number";
  return `${value < 0 ? "−" : value > 0 ? plus : ""}${formatNumber(Math.abs(value), 3)}`;
}
