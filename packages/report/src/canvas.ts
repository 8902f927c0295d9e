import type { Picture } from "@onnx-lrp/pictures";
import sharp from "sharp";
import { type TextStyle, textPath, textWidth } from "./text.ts";

/** What is drawn on a white page: places are in pixels from the top left. */
export type Mark =
  | { readonly kind: "picture"; readonly picture: Picture; readonly x: number; readonly y: number }
  | {
      readonly kind: "text";
      readonly text: string;
      readonly x: number;
      /** The baseline. */
      readonly y: number;
      readonly style: TextStyle;
      readonly colour: string;
      readonly align?: "left" | "centre" | "right";
    }
  /** A frame just outside of a rectangle, one pixel thin. */
  | {
      readonly kind: "frame";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    }
  /** The border of a rectangle, to be seen on any colours. */
  | {
      readonly kind: "outline";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    }
  /** A line to be seen on any colours, as SVG path data from the mark's place on. */
  | {
      readonly kind: "line";
      readonly x: number;
      readonly y: number;
      /** Of all of it. */
      readonly height: number;
      readonly path: string;
      readonly thickness: number;
    }
  /** A rectangle of one colour. */
  | {
      readonly kind: "field";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill: string;
    };

/** The mark that many pixels further right and down. */
export function shifted(mark: Mark, x: number, y: number): Mark {
  return { ...mark, x: mark.x + x, y: mark.y + y };
}

/**
 * A page's 256 colours, with dithering: a third of the bytes of all colours. Without dithering large soft areas would show bands.
 */
function paletteOf(pixels: number) {
  return { palette: true, dither: 1, effort: pixels > manyPixels ? 1 : 7 } as const;
}

/** From here on the palette is chosen in a hurry, which makes files a quarter larger. */
const manyPixels = 4e6;

/** Draws the pictures, over them the other marks, and gives the bytes of a PNG file with a palette. */
export async function drawPng(width: number, height: number, marks: readonly Mark[]): Promise<Uint8Array> {
  const pictures = marks
    .filter((mark) => mark.kind === "picture")
    .map(({ picture, x, y }) => ({ ...rawInput(picture), left: x, top: y }));
  const page = sharp({ create: { width, height, channels: 3, background: "#ffffff" } });
  return await page
    .composite([...pictures, ...shapeLayers(width, height, marks)])
    .removeAlpha()
    .png({ compressionLevel: 9, ...paletteOf(width * height) })
    .toBuffer();
}

/** The most an SVG may be high: its reader takes no more than 10 MB and 32767 pixels. */
const layerHeight = 2048;
/** How far text may reach from its baseline. */
const reach = 64;

function shapeLayers(width: number, height: number, marks: readonly Mark[]) {
  return Array.from({ length: Math.ceil(height / layerHeight) }, (_, i) => {
    const top = i * layerHeight;
    const high = Math.min(layerHeight, height - top);
    const shapes = marks
      .filter((mark) => {
        const bottom = mark.y + ("height" in mark ? mark.height : 0);
        return bottom > top - reach && mark.y < top + high + reach;
      })
      .map(svgOf);
    const size = `width="${width}" height="${high}" viewBox="0 ${top} ${width} ${high}"`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${shapes.join("")}</svg>`;
    return { input: Buffer.from(svg), left: 0, top };
  });
}

/** Shapes of an SVG document on white, as a picture. @param height at most 32767 */
export async function rasterize(shapes: string, width: number, height: number): Promise<Picture> {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${shapes}</svg>`;
  const { data } = await sharp(Buffer.from(svg))
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, rgb: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** Text as shapes of an SVG document. */
export function textShape(mark: Mark & { readonly kind: "text" }): string {
  return svgOf(mark);
}

/**
 * The bytes of a PNG file of just that picture.
 *
 * @param options.palette with 256 colours of its own: a third of the size, for pages with many pictures
 */
export async function encodePng(
  picture: Picture,
  { palette = false }: { readonly palette?: boolean } = {},
): Promise<Uint8Array> {
  const { input, raw } = rawInput(picture);
  return await sharp(input, { raw }).png({ compressionLevel: 9, palette }).toBuffer();
}

function rawInput({ width, height, rgb }: Picture) {
  return {
    input: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.length),
    raw: { width, height, channels: 3 as const },
  };
}

// Text becomes outlines: no label is ever read as markup.
function svgOf(mark: Mark): string {
  switch (mark.kind) {
    case "picture":
      return "";
    case "frame": {
      const { x, y, width, height } = mark;
      const place = `x="${x - 0.5}" y="${y - 0.5}" width="${width + 1}" height="${height + 1}"`;
      return `<rect ${place} fill="none" stroke="#d4d7dc"/>`;
    }
    case "outline": {
      const { x, y, width, height } = mark;
      const place = `x="${x}" y="${y}" width="${width}" height="${height}" fill="none"`;
      return `<rect ${place} stroke="#ffffff" stroke-width="4"/><rect ${place} stroke="#1d2129" stroke-width="2"/>`;
    }
    case "line": {
      const { x, y, path, thickness } = mark;
      const common = `d="${path}" fill="none" stroke-linecap="round" transform="translate(${x} ${y})"`;
      return `<path ${common} stroke="#ffffff" stroke-opacity="0.75" stroke-width="${thickness + 1.6}"/><path ${common} stroke="#1d2129" stroke-width="${thickness}"/>`;
    }
    case "field": {
      const { x, y, width, height, fill } = mark;
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;
    }
    case "text": {
      const { text, y, style, colour, align = "left" } = mark;
      const share = { left: 0, centre: 0.5, right: 1 }[align];
      const x = share === 0 ? mark.x : mark.x - textWidth(text, style) * share;
      return `<path fill="${colour}" d="${textPath(text, x, y, style)}"/>`;
    }
  }
}
