/**
 * Bilinear enlargement as two products with constant matrices, U_h A U_w^T, which every provider has and which is the same
 * on all of them.
 */
import type { Tape } from "@onnx-lrp/onnx-loader";

/** Where a pixel's centre lies: between its edges, as pictures are resized, or at both ends alike ("align corners"). */
export type Alignment = "centres" | "corners";

/** Row i holds the shares of the `from` old places in the new place i. */
export function interpolation(from: number, to: number, alignment: Alignment): number[] {
  return Array.from({ length: to }, (_, i) => {
    const place =
      alignment === "centres" ? ((i + 0.5) * from) / to - 0.5 : to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    const clamped = Math.min(Math.max(place, 0), from - 1);
    const below = Math.floor(clamped);
    const share = clamped - below;
    return Array.from({ length: from }, (__, j) => (j === below ? 1 - share : j === below + 1 ? share : 0));
  }).flat();
}

/** @param value [..., h, w] @returns [..., H, W] */
export function enlarge(
  tape: Tape,
  value: string,
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
  alignment: Alignment = "centres",
): string {
  const rows = tape.floats(interpolation(from.height, to.height, alignment), [to.height, from.height]);
  const across = interpolation(from.width, to.width, alignment);
  const turned = Array.from({ length: from.width }, (_, j) =>
    Array.from({ length: to.width }, (__, i) => across[i * from.width + j] ?? 0),
  ).flat();
  const columns = tape.floats(turned, [from.width, to.width]);
  return tape.emit("MatMul", [tape.emit("MatMul", [rows, value]), columns]);
}
