/** Figures of explanations on a canvas, with the colours of those that the command line draws. */
import type { Heatmap } from "@onnx-lrp/core/maps";
import type { DrawnTarget, ExplainedInput } from "@onnx-lrp/network/portable";
import { overlay, type Picture, paintHeatmap } from "@onnx-lrp/pictures";
import {
  enlargeSmoothly,
  formatNumber,
  opaquePixels,
  percent,
  repeatPixels,
  scaleOf,
  zoomFor,
} from "@onnx-lrp/pictures/internal";

/** A PNG of a map alone, its pixels as squares. */
export async function drawMap(heatmap: Heatmap): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = heatmap;
  const picture = repeatPixels(paintHeatmap(heatmap, scaleOf([heatmap])), zoomFor(width, height));
  const { canvas, context } = blank(picture.width, picture.height);
  context.putImageData(pixelsOf(picture), 0, 0);
  return encoded(canvas);
}

/** Pixels between the parts of a figure, and the height of a line of words. */
const [gap, line] = [24, 28];

/** A PNG with a row for each map: the picture with the map laid on it, and the map alone. */
export async function drawFigure(
  { title, caption, view }: ExplainedInput,
  maps: readonly DrawnTarget[],
): Promise<Uint8Array<ArrayBuffer>> {
  const rows = maps.map((one) => {
    const { heatmap } = one.map;
    const [zoom, full] = [zoomFor(heatmap.width, heatmap.height), scaleOf([heatmap])];
    const alone = repeatPixels(paintHeatmap(heatmap, full), zoom);
    const laid = "picture" in view ? [enlargeSmoothly(overlay(view.picture, heatmap, full), zoom)] : [];
    const range = `full colour at ±${formatNumber(full)}`;
    return { words: `${wordsOf(one)}   ${range}`, panels: [...laid, alone] };
  });
  const panelsWidth = (panels: readonly Picture[]) =>
    panels.reduce((sum, { width }) => sum + width + gap, gap);
  const width = Math.max(640, ...rows.map(({ panels }) => panelsWidth(panels)));
  const heights = rows.map(({ panels }) => line + Math.max(...panels.map(({ height }) => height)) + gap);
  const height = heights.reduce((sum, rowHeight) => sum + rowHeight, gap + line + gap + line);
  const { canvas, context } = blank(width, height);
  const write = (text: string, y: number, font: string, colour: string) => {
    context.font = `${font} system-ui, sans-serif`;
    context.fillStyle = colour;
    context.fillText(text, gap, y, width - 2 * gap);
  };
  write(title, gap + 18, "600 18px", "#222");
  let y = gap + line + gap / 2;
  for (const [i, { words, panels }] of rows.entries()) {
    write(words, y + 14, "15px", "#222");
    let x = gap;
    for (const panel of panels) {
      context.putImageData(pixelsOf(panel), x, y + line);
      x += panel.width + gap;
    }
    y += heights[i] ?? 0;
  }
  write(caption, y + 10, "13px", "#666");
  return encoded(canvas);
}

function wordsOf({ words: { label, probability, note } }: DrawnTarget): string {
  return [
    label,
    ...(probability === undefined ? [] : [percent(probability)]),
    ...(note === undefined ? [] : [note]),
  ].join("   ");
}

interface Sheet {
  readonly canvas: OffscreenCanvas;
  readonly context: OffscreenCanvasRenderingContext2D;
}

function blank(width: number, height: number): Sheet {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("the browser has no canvas");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  return { canvas, context };
}

function pixelsOf(picture: Picture): ImageData {
  return new ImageData(opaquePixels(picture), picture.width, picture.height);
}

async function encoded(canvas: OffscreenCanvas): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return new Uint8Array(await blob.arrayBuffer());
}
