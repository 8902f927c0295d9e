import type { Picture } from "@onnx-lrp/pictures";
import { enlargeSmoothly, repeatPixels, zoomFor } from "@onnx-lrp/pictures/internal";
import sharp from "sharp";

/** The most that a picture's longer side may be in a figure, in pixels. */
const most = 512;

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
  // Enlarged by an integer factor, then reduced to size: squares stay even, and nothing shifts.
  const zoom = Math.ceil(side / longer);
  const large =
    zoom === 1 ? picture : how === "pixels" ? repeatPixels(picture, zoom) : enlargeSmoothly(picture, zoom);
  return longer * zoom === side ? large : await shrink(large, side / (longer * zoom));
}

/** A picture that many times as large, in squares or smoothly, or shrunk. */
export async function scaled(picture: Picture, factor: number, how: "pixels" | "smooth"): Promise<Picture> {
  if (factor < 1) return await shrink(picture, factor);
  const zoom = Math.floor(factor);
  if (zoom === 1) return picture;
  return how === "pixels" ? repeatPixels(picture, zoom) : enlargeSmoothly(picture, zoom);
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
