import type { Picture } from "@onnx-lrp/node";
import sharp from "sharp";

/** Roughly the longer side of a picture in a figure, and the most it may be, in pixels. */
const wanted = 384;
const most = 512;

/** The whole number of times that a picture of that size is enlarged to be looked at: at least 1. */
export function zoomFor(width: number, height: number): number {
  return Math.max(1, Math.round(wanted / Math.max(width, height)));
}

/** A picture at the size of a tile: enlarged by `zoomFor`, in squares or smoothly, or shrunk if it is too large. */
export async function toTile(picture: Picture, how: "pixels" | "smooth"): Promise<Picture> {
  const { width, height } = picture;
  const zoom = zoomFor(width, height);
  if (zoom > 1) return how === "pixels" ? repeatPixels(picture, zoom) : enlargeSmoothly(picture, zoom);
  const longer = Math.max(width, height);
  return longer > most ? await shrink(picture, most / longer) : picture;
}

/** A picture whose longer side is that many pixels, enlarged in squares or smoothly, or shrunk. */
export async function fitInto(picture: Picture, side: number, how: "pixels" | "smooth"): Promise<Picture> {
  const longer = Math.max(picture.width, picture.height);
  if (longer === side) return picture;
  // A whole number of times at least as large, then shrunk to size: squares stay even, and nothing shifts.
  const zoom = Math.ceil(side / longer);
  const large =
    zoom === 1 ? picture : how === "pixels" ? repeatPixels(picture, zoom) : enlargeSmoothly(picture, zoom);
  return longer * zoom === side ? large : await shrink(large, side / (longer * zoom));
}

/** Each pixel as a square of `zoom` x `zoom` pixels. */
export function repeatPixels(picture: Picture, zoom: number): Picture {
  const width = picture.width * zoom;
  const height = picture.height * zoom;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (Math.floor(y / zoom) * picture.width + Math.floor(x / zoom)) * 3;
      rgb.set(picture.rgb.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}

/**
 * Enlarged with the Catmull-Rom cubic, without steps between pixels. (sharp's own enlargement lies half a source
 * pixel beside the squares of `repeatPixels`: at thirteenfold that shows.)
 */
export function enlargeSmoothly(picture: Picture, zoom: number): Picture {
  return widenAndTurn(widenAndTurn(picture, zoom), zoom);
}

/** `zoom` times as wide, then mirrored at the diagonal: done twice, it is enlarged both ways and upright again. */
function widenAndTurn({ width, height, rgb }: Picture, zoom: number): Picture {
  const turned = new Uint8ClampedArray(width * zoom * height * 3);
  for (let x = 0; x < width * zoom; x++) {
    const centre = (x + 0.5) / zoom - 0.5;
    const first = Math.floor(centre) - 1;
    const taps = [0, 1, 2, 3].map((k) => ({
      column: Math.max(0, Math.min(width - 1, first + k)),
      weight: catmullRom(centre - first - k),
    }));
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (const { column, weight } of taps) sum += weight * (rgb[(y * width + column) * 3 + c] ?? 0);
        turned[(x * height + y) * 3 + c] = sum;
      }
    }
  }
  return { width: height, height: width * zoom, rgb: new Uint8Array(turned.buffer) };
}

function catmullRom(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
  return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
}

async function shrink({ width, height, rgb }: Picture, factor: number): Promise<Picture> {
  const size = {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
  const { data } = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize({ ...size, fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { ...size, rgb: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}
