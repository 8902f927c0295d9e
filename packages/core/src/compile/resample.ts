/**
 * Bilinear enlargement as two products with constant matrices, U_h A U_w^T, which every provider has and which is the same
 * on all of them.
 */
import type { Tape } from "@onnx-lrp/onnx-loader";
import { type Alignment, taps } from "../taps.ts";

/** Row i holds the shares of the `from` old places in the new place i. */
export function interpolation(from: number, to: number, alignment: Alignment): number[] {
  return taps(from, to, alignment).flatMap(({ low, high, part }) => {
    const row = new Array<number>(from).fill(0);
    row[low] = 1 - part;
    row[high] = (row[high] ?? 0) + part;
    return row;
  });
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
  const transposed = Array.from({ length: from.width }, (_, j) =>
    Array.from({ length: to.width }, (__, i) => across[i * from.width + j] ?? 0),
  ).flat();
  const columns = tape.floats(transposed, [from.width, to.width]);
  return tape.emit("MatMul", [tape.emit("MatMul", [rows, value]), columns]);
}
