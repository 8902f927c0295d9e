import type { Mask } from "@onnx-lrp/core/internal";
import type { Picture } from "@onnx-lrp/pictures";

/** A picture as a mask: what is bright, and not transparent, is marked. */
export function maskOf({ width, height, rgb, alpha }: Picture): Mask {
  const marked = new Uint8Array(width * height);
  for (let i = 0; i < marked.length; i += 1) {
    const brightest = Math.max(rgb[3 * i] ?? 0, rgb[3 * i + 1] ?? 0, rgb[3 * i + 2] ?? 0);
    marked[i] = brightest >= 128 && (alpha?.[i] ?? 255) >= 128 ? 1 : 0;
  }
  return { width, height, marked };
}
