/**
 * A map as text within a page: 16-bit integers, base64, times a step. The step is the largest `|value|` / 32767, so that
 * each value comes back to within half a step, finer than any eye or colour. A value that is not finite is -32768.
 */
import type { Heatmap } from "@onnx-lrp/core";
import { base64 } from "./page.ts";

export interface PageMap {
  readonly width: number;
  readonly height: number;
  readonly step: number;
  /** Little-endian 16-bit numbers, base64. */
  readonly values: string;
}

const most = 32767;

export function encodeMap({ width, height, values }: Heatmap): PageMap {
  const largest = values.reduce(
    (max, value) => (Number.isFinite(value) ? Math.max(max, Math.abs(value)) : max),
    0,
  );
  const step = largest / most;
  const bytes = new DataView(new ArrayBuffer(values.length * 2));
  values.forEach((value, i) => {
    const number = !Number.isFinite(value) ? -most - 1 : step > 0 ? Math.round(value / step) : 0;
    bytes.setInt16(i * 2, number, true);
  });
  return { width, height, step, values: base64(new Uint8Array(bytes.buffer)) };
}

/** Runs in the page too: it calls nothing of this module. */
export function decodeMap({ width, height, step, values: text }: PageMap): Heatmap {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const values = Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const number = view.getInt16(i * 2, true);
    return number === -32768 ? Number.NaN : number * step;
  });
  return { width, height, values };
}
