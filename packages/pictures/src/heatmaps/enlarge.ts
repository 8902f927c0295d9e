import type { Picture } from "../picture.ts";

/** Roughly the longer side of a picture in a figure, in pixels. */
const wanted = 384;

/** The integer factor by which a picture of that size is enlarged for viewing: at least 1. */
export function zoomFor(width: number, height: number): number {
  return Math.max(1, Math.round(wanted / Math.max(width, height)));
}

/** Each pixel as a rectangle of `across` x `down` pixels, a square if `down` is left out. */
export function repeatPixels(picture: Picture, across: number, down = across): Picture {
  const width = picture.width * across;
  const height = picture.height * down;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (Math.floor(y / down) * picture.width + Math.floor(x / across)) * 3;
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
