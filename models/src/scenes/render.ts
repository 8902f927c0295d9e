import { classOf } from "../classes.ts";
import {
  around,
  blankCanvas,
  type Canvas,
  coverage,
  forEachPixel,
  paint,
  type Region,
  wholeScene,
} from "./canvas.ts";
import { type Figure, figureDistance, paintFigure } from "./figure.ts";
import { drawLayout, type PlacedObject, type ThinLine } from "./layout.ts";
import { outlineReach } from "./outlines.ts";
import { hash01 } from "./random.ts";
import type { Scene, SceneObject, SceneRequest } from "./scene.ts";

/** Renders the scene with this seed. Equal requests give equal bytes on every machine. */
export function renderScene(request: SceneRequest): Scene {
  const size = request.size ?? 128;
  const layout = drawLayout(request.seed, request.objects);
  const canvas = blankCanvas(size);
  forEachPixel(canvas, wholeScene, (pixel, x, y) => paint(canvas, pixel, layout.background.at(x, y), 1));
  for (const line of layout.lines) paintLine(canvas, line);
  for (const figure of layout.distractors) paintFigure(canvas, figure, layout.light);
  for (const { figure } of layout.objects) paintFigure(canvas, figure, layout.light);
  return {
    width: size,
    height: size,
    rgb: develop(canvas, layout.grainSeed),
    objects: layout.objects.map((object, i) => describe(canvas, object, layout.objects.slice(i + 1))),
  };
}

function paintLine(canvas: Canvas, { from, to, width, light, opacity }: ThinLine): void {
  const ex = to[0] - from[0];
  const ey = to[1] - from[1];
  const length = Math.max(ex * ex + ey * ey, 1e-6);
  const near: Region = {
    left: Math.min(from[0], to[0]) - width,
    top: Math.min(from[1], to[1]) - width,
    right: Math.max(from[0], to[0]) + width,
    bottom: Math.max(from[1], to[1]) + width,
  };
  forEachPixel(canvas, near, (pixel, x, y) => {
    const wx = x - from[0];
    const wy = y - from[1];
    const along = Math.min(Math.max((wx * ex + wy * ey) / length, 0), 1);
    const dx = wx - ex * along;
    const dy = wy - ey * along;
    const cover = coverage(canvas, Math.sqrt(dx * dx + dy * dy) - width / 2);
    if (cover > 0) paint(canvas, pixel, light ? [1, 1, 1] : [0.05, 0.05, 0.1], cover * opacity);
  });
}

/** Vignette, film grain and rounding to bytes. */
function develop(canvas: Canvas, grainSeed: number): Uint8Array {
  const bytes = new Uint8Array(canvas.rgb.length);
  forEachPixel(canvas, wholeScene, (pixel, x, y) => {
    const dx = (x - 64) / 64;
    const dy = (y - 64) / 64;
    const vignette = 1 - 0.05 * (dx * dx + dy * dy);
    const grain = 0.022 * (hash01(Math.floor(x * 64), Math.floor(y * 64), grainSeed) - 0.5);
    for (let channel = 0; channel < 3; channel++) {
      const value = (canvas.rgb[3 * pixel + channel] ?? 0) * vignette + grain;
      bytes[3 * pixel + channel] = Math.min(Math.max(Math.round(255 * value), 0), 255);
    }
  });
  return bytes;
}

/** The visible pixels of an object: centre inside its outline and outside those of the objects over it. */
function describe(canvas: Canvas, object: PlacedObject, above: readonly PlacedObject[]): SceneObject {
  const { size } = canvas;
  const mask = new Uint8Array(size * size);
  let [left, top, right, bottom] = [size, size, 0, 0];
  const { figure } = object;
  const reach = around(figure.x, figure.y, outlineReach * figure.radius);
  const covers = (other: Figure, x: number, y: number) => figureDistance(other, x, y) < 0;
  forEachPixel(canvas, reach, (pixel, x, y) => {
    if (!covers(figure, x, y) || above.some((other) => covers(other.figure, x, y))) return;
    mask[pixel] = 1;
    const column = pixel % size;
    const row = (pixel - column) / size;
    left = Math.min(left, column);
    top = Math.min(top, row);
    right = Math.max(right, column + 1);
    bottom = Math.max(bottom, row + 1);
  });
  const { name, shape, texture } = classOf(object.classIndex);
  return {
    classIndex: object.classIndex,
    className: name,
    shape,
    texture,
    box: [left, top, right, bottom],
    mask,
  };
}
