/** Bars of relevance by channel, side by side under a map. */
import { divergingColour, formatNumber } from "@onnx-lrp/pictures/internal";
import type { Mark } from "../canvas.ts";
import { type Cell, inks } from "../cells.ts";
import { textWidth } from "../text.ts";

const barStyles = { label: { size: 12.5 } } as const;

/** Red for the class, blue against it, in depth as in the maps' colours. */
export function barColour(value: number): string {
  return `rgb(${divergingColour(Math.sign(value) * 0.8).join(",")})`;
}

/** The largest by size of those that are numbers; 0 without any. */
export function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}

export interface ChannelBars {
  readonly byChannel: Float32Array;
  readonly names: readonly string[] | undefined;
  /** In pixels, of all bars together and of the longest. */
  readonly width: number;
  readonly height: number;
}

/** The sum of relevance of each channel; numbered from 1, or named where all names have room. */
export function channelBars({ byChannel, names, width, height }: ChannelBars): Cell {
  const largest = largestOf(byChannel);
  const negative = byChannel.some((value) => value < 0);
  const positive = byChannel.some((value) => value > 0);
  const zero = negative && positive ? height / 2 : negative ? 0 : height;
  const reach = negative && positive ? height / 2 : height;
  const step = width / byChannel.length;
  const thick = Math.max(1, Math.min(28, step * 0.72));
  const marks: Mark[] = [{ kind: "field", x: 0, y: Math.round(zero), width, height: 1, fill: "#d4d7dc" }];
  byChannel.forEach((value, i) => {
    const long = largest > 0 && Number.isFinite(value) ? (Math.abs(value) / largest) * reach : 0;
    const x = (i + 0.5) * step - thick / 2;
    const y = value < 0 ? zero : zero - long;
    if (long > 0) marks.push({ kind: "field", x, y, width: thick, height: long, fill: barColour(value) });
  });
  const top = height + 14;
  const labels = labelsOf(byChannel.length, names, step);
  for (const { index, text } of labels) {
    marks.push(small(text, (index + 0.5) * step, top, "centre"));
  }
  const range = largest > 0 ? `, the longest ${formatNumber(largest)}` : "";
  marks.push(small(`relevance by channel${range}`, 0, top + 19, "left"));
  return { height: top + 24, marks };
}

function small(text: string, x: number, y: number, align: "left" | "centre"): Mark {
  return { kind: "text", text, x, y, style: barStyles.label, colour: inks.small, align };
}

/** Every channel's, or so many that they do not touch. */
function labelsOf(
  count: number,
  names: readonly string[] | undefined,
  step: number,
): { readonly index: number; readonly text: string }[] {
  const all = Array.from({ length: count }, (_, index) => ({
    index,
    text: names?.[index] ?? `${index + 1}`,
  }));
  const room = (text: string) => textWidth(text, barStyles.label) + 5;
  if (all.every(({ text }) => room(text) <= step)) return all;
  const numbers = all.map(({ index }) => ({ index, text: `${index + 1}` }));
  const widest = room(`${count}`);
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => each * step >= widest) ?? count;
  const first = every === 1 || (every - 1) * step >= widest;
  return numbers.filter(({ index }) => (index + 1) % every === 0 || (index === 0 && first));
}
