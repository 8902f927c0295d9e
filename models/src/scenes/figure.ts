import type { TextureName } from "../classes.ts";
import { around, type Canvas, coverage, forEachPixel, paint } from "./canvas.ts";
import { blend, type Colour } from "./colour.ts";
import { smoothStep } from "./noise.ts";
import { type OutlineName, outlineDistance, outlineReach } from "./outlines.ts";
import { patternDistance } from "./patterns.ts";

/** One cut-out lying on the background. Lengths in scene units, angles in radians. */
export interface Figure {
  readonly outline: OutlineName;
  /** Without a texture the figure has one plain colour. */
  readonly texture?: TextureName;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly rotation: number;
  readonly textureRotation: number;
  readonly period: number;
  readonly ground: Colour;
  readonly marks: Colour;
  readonly rim: Colour;
}

/** Where the light comes from: a unit vector in the picture plane, and its strength 0..1. */
export interface Light {
  readonly x: number;
  readonly y: number;
  readonly strength: number;
}

/** Width of the one-coloured rim that sets a figure off from what is behind it. */
const rimWidth = 1.5;
const shadowReach = 7;

/** Signed distance (units) from a point of the scene to the figure's outline, negative inside. */
export function figureDistance(figure: Figure, x: number, y: number): number {
  const [u, v] = turned(x - figure.x, y - figure.y, figure.rotation);
  return outlineDistance(figure.outline, u, v, figure.radius);
}

/** Paints the figure with its shadow over what is on the canvas. */
export function paintFigure(canvas: Canvas, figure: Figure, light: Light): void {
  const black: Colour = [0.03, 0.03, 0.06];
  const lift = 2.2;
  const region = around(figure.x, figure.y, outlineReach * figure.radius + shadowReach);
  forEachPixel(canvas, region, (pixel, x, y) => {
    const distance = figureDistance(figure, x, y);
    const cover = coverage(canvas, distance);
    if (cover < 1) {
      const away = figureDistance(figure, x + lift * light.x, y + lift * light.y);
      const shadow = 0.42 * (1 - smoothStep(-2.5, 4, away));
      if (shadow > 0) paint(canvas, pixel, black, shadow);
    }
    if (cover > 0) paint(canvas, pixel, surface(canvas, figure, light, x, y, distance), cover);
  });
}

function surface(
  canvas: Canvas,
  figure: Figure,
  light: Light,
  x: number,
  y: number,
  distance: number,
): Colour {
  const dx = x - figure.x;
  const dy = y - figure.y;
  const [u, v] = turned(dx, dy, figure.textureRotation);
  const marked =
    figure.texture === undefined ? 0 : coverage(canvas, patternDistance(figure.texture, u, v, figure.period));
  const inner = coverage(canvas, distance + rimWidth);
  const flat = blend(figure.rim, blend(figure.ground, figure.marks, marked), inner);
  const slope = (dx * light.x + dy * light.y) / figure.radius;
  return lit(flat, 0.16 * light.strength * slope);
}

/** Positive amounts go towards white, negative towards black. */
function lit(colour: Colour, amount: number): Colour {
  return amount >= 0 ? blend(colour, [1, 1, 0.97], amount) : blend(colour, [0.02, 0.02, 0.06], -1.5 * amount);
}

function turned(x: number, y: number, angle: number): readonly [number, number] {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return [x * c + y * s, y * c - x * s];
}
