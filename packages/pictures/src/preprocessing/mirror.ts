import type { Picture } from "../picture.ts";

/** The picture with left and right exchanged. */
export function mirrored(picture: Picture): Picture {
  const { width, height, rgb, alpha } = picture;
  return {
    ...{ width, height, rgb: mirrorRows(rgb, width, height, 3) },
    alpha: alpha && mirrorRows(alpha, width, height, 1),
  };
}

function mirrorRows(bytes: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * channels;
      result.set(bytes.subarray(from, from + channels), (y * width + width - 1 - x) * channels);
    }
  }
  return result;
}
