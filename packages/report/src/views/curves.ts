/** The curves of a signal, one strip for each channel, to be laid over colours. */
import type { Picture, SignalView } from "@onnx-lrp/pictures";
import { channelName, envelopeOf } from "@onnx-lrp/pictures/internal";
import { rasterize, textShape } from "../canvas.ts";
import { inks } from "../cells.ts";
import { ellipsize } from "../text.ts";

/** How many columns a signal has, and how many pixels wide each is. */
export interface Plot {
  readonly columns: number;
  readonly zoom: number;
}

/** One column per sample if there is room, else one per pixel. */
export function plotOf(length: number, width: number): Plot {
  if (length >= width) return { columns: width, zoom: 1 };
  return { columns: length, zoom: Math.floor(width / length) };
}

/** Lowest and highest number of a channel, which its strip spans; undefined where it has none. */
export function rangeOf(samples: Float32Array): { readonly low: number; readonly high: number } | undefined {
  const { low, high } = envelopeOf(samples, 1);
  const [least, most] = [low[0], high[0]];
  return least === undefined || most === undefined || Number.isNaN(least)
    ? undefined
    : { low: least, high: most };
}

export function samplesOfChannel({ values, length }: SignalView, channel: number): Float32Array {
  return values.subarray(channel * length, (channel + 1) * length);
}

const inset = 5;

/**
 * The strips, one under the other, black on white.
 *
 * @param height of each
 * @param options.named whether each has its name in a corner, and a line above it
 */
export async function drawCurves(
  view: SignalView,
  channels: readonly number[],
  plot: Plot,
  height: number,
  { named = false }: { readonly named?: boolean } = {},
): Promise<Picture> {
  const width = plot.columns * plot.zoom;
  const paths = channels.map((channel, i) => {
    const samples = samplesOfChannel(view, channel);
    const range = rangeOf(samples);
    if (range === undefined) return "";
    const { low, high } = range;
    const y = (value: number) => {
      const share = high > low ? (value - low) / (high - low) : 0.5;
      return (i * height + inset + (1 - share) * (height - 2 * inset)).toFixed(1);
    };
    return curvePath(samples, plot, y);
  });
  const stroke = `fill="none" stroke="${inks.text}" stroke-width="1.1" stroke-linejoin="round" stroke-linecap="round"`;
  const curves = `<path d="${paths.join("")}" ${stroke}/>`;
  const names = named
    ? channels.map((channel, i) => nameShapes(channelName(view, channel), i * height, width))
    : [];
  return await rasterize(curves + names.join(""), width, height * channels.length);
}

function nameShapes(name: string, y: number, width: number): string {
  const style = { size: 11 };
  const text = ellipsize(name, width / 4, style);
  const line = y > 0 ? `<path d="M0 ${y + 0.5}H${width}" stroke="#dfe2e7"/>` : "";
  const shape = textShape({ kind: "text", text, x: 4, y: y + 11, style, colour: inks.small });
  // White around the letters sets them off from the curve.
  return `${line}<g stroke="#ffffff" stroke-width="1.6" stroke-linejoin="round">${shape}</g>${shape}`;
}

/** Through each sample, or where they are many up and down between the lowest and the highest of each column. */
function curvePath(samples: Float32Array, { columns, zoom }: Plot, y: (value: number) => string): string {
  const { low, high } = envelopeOf(samples, columns);
  let path = "";
  let drawing = false;
  for (let column = 0; column < columns; column += 1) {
    const [from = Number.NaN, to = Number.NaN] = [low[column], high[column]];
    if (Number.isNaN(from)) {
      drawing = false;
      continue;
    }
    const x = ((column + 0.5) * zoom).toFixed(1);
    // Every other column from the top, so that the line goes on where it is.
    const ends = from === to ? [from] : column % 2 === 0 ? [from, to] : [to, from];
    for (const end of ends) {
      // A line begins with a dot, which is all that is seen of a sample by itself.
      path += drawing ? `L${x} ${y(end)}` : `M${x} ${y(end)}h.01`;
      drawing = true;
    }
  }
  return path;
}
