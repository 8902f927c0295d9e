import type { Colour } from "./colour.ts";

/** A picture being painted. Positions are in scene units (the scene is 128 x 128 units), not pixels. */
export interface Canvas {
  /** Width and height in pixels. */
  readonly size: number;
  /** Scene units per pixel. */
  readonly unitsPerPixel: number;
  /** size * size * 3, rows first, sRGB 0..1 before the final rounding. */
  readonly rgb: Float32Array;
}

/** Side of the square scene in scene units; at `size: 128` a unit is a pixel. */
export const sceneSide = 128;

export function blankCanvas(size: number): Canvas {
  return { size, unitsPerPixel: sceneSide / size, rgb: new Float32Array(size * size * 3) };
}

/** A rectangle of scene units. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const wholeScene: Region = { left: 0, top: 0, right: sceneSide, bottom: sceneSide };

export function around(x: number, y: number, reach: number): Region {
  return { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach };
}

/** Calls `visit(pixel, x, y)` for the pixels whose centres (x, y) lie in the region. */
export function forEachPixel(
  canvas: Canvas,
  region: Region,
  visit: (pixel: number, x: number, y: number) => void,
): void {
  const { size, unitsPerPixel } = canvas;
  const first = (unit: number) => Math.max(0, Math.ceil(unit / unitsPerPixel - 0.5));
  const last = (unit: number) => Math.min(size - 1, Math.floor(unit / unitsPerPixel - 0.5));
  const [left, right] = [first(region.left), last(region.right)];
  for (let row = first(region.top); row <= last(region.bottom); row++) {
    for (let column = left; column <= right; column++) {
      visit(row * size + column, (column + 0.5) * unitsPerPixel, (row + 0.5) * unitsPerPixel);
    }
  }
}

/** Paints `colour` over one pixel with the given opacity (0..1). */
export function paint(canvas: Canvas, pixel: number, colour: Colour, opacity: number): void {
  const { rgb } = canvas;
  for (let channel = 0; channel < 3; channel++) {
    const below = rgb[3 * pixel + channel] ?? 0;
    rgb[3 * pixel + channel] = below + ((colour[channel] ?? 0) - below) * opacity;
  }
}

/** How much of a pixel lies on the negative side of a signed distance (units): 0, 1, or between at the edge. */
export function coverage(canvas: Canvas, distance: number): number {
  return Math.min(Math.max(0.5 - distance / canvas.unitsPerPixel, 0), 1);
}
