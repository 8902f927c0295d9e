/** Maps of signals: relevance as colours under the curves, a strip for each channel. */
import type { Heatmap } from "@onnx-lrp/core";
import { type Picture, paintHeatmap, type SignalView } from "@onnx-lrp/pictures";
import {
  channelName,
  channelsToDraw,
  formatNumber,
  inColumns,
  repeatPixels,
  rowsOf,
  scaleOf,
  smoothPanels,
  underInk,
} from "@onnx-lrp/pictures/internal";
import type { Mark } from "../canvas.ts";
import {
  barHeight,
  type Cell,
  type ColourRange,
  colourBar,
  colourRange,
  headingHeight,
  headingMarks,
  inks,
  tileMarks,
} from "../cells.ts";
import { niceAxis } from "../chart/axis.ts";
import { ellipsize, type TextStyle, textWidth } from "../text.ts";
import { barColour, largestOf } from "./channel-bars.ts";
import { drawCurves, type Plot, plotOf, rangeOf, samplesOfChannel } from "./curves.ts";
import type { FigureExplanation } from "./explanation.ts";

/** Sigma of the gaussian that smooths colours under curves, as a share of the signal's length. */
export const signalSmoothing = 0.004;

const styles = {
  name: { size: 15, weight: "bold" },
  small: { size: 12.5 },
} as const satisfies Record<string, TextStyle>;

/** Room for the numbers of a strip's ends and at most for its name to the left, for the sums by channel to the right. */
const [ends, mostName, right] = [50, 130, 92];
/** The map itself under each strip. */
const track = { gap: 1, height: 7 };
const stripGap = 9;
const axisHeight = 26;

/** Where the parts of a signal's drawing lie. */
export interface SignalLayout {
  readonly view: SignalView;
  /** Those drawn, from 0. */
  readonly channels: readonly number[];
  readonly plot: Plot;
  /** Of one strip. */
  readonly strip: number;
  /** From the left edge to the curves. */
  readonly left: number;
  readonly width: number;
  readonly curves: Picture;
}

/** @param width about how wide the plot may become, without names and sums */
export async function layOutSignal(
  view: SignalView,
  maps: readonly Heatmap[],
  width: number,
): Promise<SignalLayout> {
  const channels = channelsToDraw(view, maps);
  const plot = plotOf(view.length, width);
  const strip = channels.length === 1 ? 170 : channels.length <= 3 ? 110 : channels.length <= 8 ? 74 : 54;
  const curves = await drawCurves(view, channels, plot, strip);
  const names = channels.map((channel) => Math.ceil(textWidth(nameOf(view, channel), styles.name)));
  const left = Math.min(mostName, Math.max(...names)) + ends;
  const sums = view.channels > 1 ? right : 0;
  return { view, channels, plot, strip, left, width: left + curves.width + sums, curves };
}

/** A map as its drawing sees it: the channels drawn, in the plot's columns. */
export interface SignalColours {
  /** Smoothed, for under the curves. */
  readonly soft: Heatmap;
  /** The strongest sample of each column. */
  readonly own: Heatmap;
}

export function coloursOf({ channels, plot }: SignalLayout, heatmap: Heatmap): SignalColours {
  const rows = rowsOf(heatmap, channels);
  const means = inColumns(rows, plot.columns, "mean");
  const panels = channels.map((_, y) => ({ x: 0, y, width: plot.columns, height: 1 }));
  return {
    soft: smoothPanels(means, panels, signalSmoothing * plot.columns),
    own: inColumns(rows, plot.columns, "strongest"),
  };
}

export interface SignalScales {
  readonly soft: number;
  readonly own: ColourRange;
}

export function signalScales(colours: readonly SignalColours[]): SignalScales {
  return {
    soft: scaleOf(colours.map(({ soft }) => soft)),
    own: colourRange(
      colours.map(({ own }) => own),
      "sample",
    ),
  };
}

/** A target: its heading, the strips with their names and sums, the axis of samples, and the bar of its colours. */
export function signalCell(
  layout: SignalLayout,
  target: Omit<FigureExplanation, "heatmap">,
  colours: SignalColours,
  scales: SignalScales,
): Cell {
  const strips = signalStrips(layout, target.byChannel, colours, scales);
  const bar = headingHeight + strips.height + 12;
  const marks: Mark[] = [
    ...headingMarks(target, layout.width),
    ...strips.marks.map((mark) => ({ ...mark, y: mark.y + headingHeight })),
    ...colourBar(layout.left, bar, Math.min(320, layout.curves.width), scales.own),
  ];
  return { height: bar + barHeight(scales.own), marks };
}

/** The strips with their names and sums, and the axis below them. */
export function signalStrips(
  layout: SignalLayout,
  byChannel: Float32Array | undefined,
  { soft, own }: SignalColours,
  scales: SignalScales,
): Cell {
  const { view, channels, plot, strip, left, curves } = layout;
  const painted = underInk(curves, soft, scales.soft);
  const raw = repeatPixels(paintHeatmap(own, scales.own.full), plot.zoom, track.height);
  const pitch = strip + track.gap + track.height + stripGap;
  const largest = byChannel === undefined ? 0 : largestOf(byChannel);
  const marks: Mark[] = [];
  for (const [i, channel] of channels.entries()) {
    const y = i * pitch;
    marks.push(
      ...tileMarks(rowsFrom(painted, i * strip, strip), left, y),
      ...tileMarks(rowsFrom(raw, i * track.height, track.height), left, y + strip + track.gap),
      ...nameMarks(layout, channel, y),
      ...(byChannel === undefined
        ? []
        : sumMarks(byChannel[channel] ?? 0, largest, left + curves.width + 14, y + strip / 2)),
    );
  }
  const bottom = channels.length * pitch - stripGap;
  marks.push(...axisMarks(view.length, left, curves.width, bottom));
  return { height: bottom + axisHeight, marks };
}

function rowsFrom({ width, rgb }: Picture, from: number, height: number): Picture {
  return { width, height, rgb: rgb.slice(from * width * 3, (from + height) * width * 3) };
}

/** The channel's name, and the numbers at the top and bottom of its strip. */
function nameMarks({ view, left, strip: height }: SignalLayout, channel: number, y: number): Mark[] {
  const text = { kind: "text", style: styles.small, colour: inks.small } as const;
  const name: Mark = {
    ...{ ...text, x: 0, y: y + height / 2 + 5, style: styles.name, colour: inks.text },
    text: ellipsize(nameOf(view, channel), mostName, styles.name),
  };
  const range = rangeOf(samplesOfChannel(view, channel));
  if (range === undefined) return [name];
  const end = { ...text, x: left - 7, align: "right" } as const;
  if (range.low === range.high) return [name, { ...end, text: signed(range.low), y: y + height / 2 + 4 }];
  return [
    name,
    { ...end, text: signed(range.high), y: y + 10 },
    { ...end, text: signed(range.low), y: y + height - 1 },
  ];
}

/** Empty for the only channel, unless somebody gave it a name. */
function nameOf(view: SignalView, channel: number): string {
  return view.channels === 1 && view.names === undefined ? "" : channelName(view, channel);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : ""}${formatNumber(Math.abs(value))}`;
}

/** A channel's sum as a bar, and as a number above it. */
function sumMarks(value: number, largest: number, x: number, y: number): Mark[] {
  const long = largest > 0 && Number.isFinite(value) ? (Math.abs(value) / largest) * (right - 20) : 0;
  const sign = value < 0 ? "−" : value > 0 ? "+" : "";
  const text = Number.isFinite(value) ? `${sign}${formatNumber(Math.abs(value))}` : "no number";
  return [
    { kind: "text", text, x, y: y - 3, style: styles.small, colour: inks.small },
    { kind: "field", x, y: y + 3, width: Math.max(long, 1), height: 7, fill: barColour(value) },
  ];
}

/** Ticks under the samples that they name. */
function axisMarks(length: number, left: number, width: number, y: number): Mark[] {
  const { ticks } = niceAxis(
    [0, Math.max(length - 1, 1)],
    Math.max(2, Math.min(10, length, width / 90)),
    false,
  );
  const text = { kind: "text", y: y + 19, style: styles.small, colour: inks.small } as const;
  const marks: Mark[] = [{ ...text, text: "sample", x: left - 10, align: "right" }];
  for (const { value, text: number } of ticks) {
    if (!Number.isInteger(value) || value >= length) continue;
    const x = left + ((value + 0.5) / length) * width;
    marks.push(
      { kind: "field", x: Math.round(x), y: y + 1, width: 1, height: 5, fill: inks.small },
      { ...text, text: number, x, align: "centre" },
    );
  }
  return marks;
}

/** What of many channels is drawn, in a sentence; empty where all are. */
export function channelNote({ view, channels }: Pick<SignalLayout, "view" | "channels">): string {
  if (channels.length === view.channels) return "";
  return `Drawn are the ${channels.length} of ${view.channels} channels with the most relevance.`;
}
