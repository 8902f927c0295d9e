import type { Heatmap } from "@onnx-lrp/core/maps";

/** The map in another size, bilinearly, with the centres of its pixels where they were. */
export function resized({ width, height, values }: Heatmap, wide: number, high: number): Heatmap {
  if (width === wide && height === high) return { width, height, values };
  const columns = tapsOf(width, wide);
  const rows = tapsOf(height, high);
  const made = new Float32Array(wide * high);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      const at = (line: number, place: number) => values[line * width + place] ?? 0;
      const upper =
        at(row.first, column.first) * (1 - column.share) + at(row.first, column.next) * column.share;
      const lower =
        at(row.next, column.first) * (1 - column.share) + at(row.next, column.next) * column.share;
      made[y * wide + x] = upper * (1 - row.share) + lower * row.share;
    }
  }
  return { width: wide, height: high, values: made };
}

interface Tap {
  readonly first: number;
  readonly next: number;
  /** Of the second. */
  readonly share: number;
}

function tapsOf(from: number, to: number): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const first = Math.floor(place);
    return { first, next: Math.min(from - 1, first + 1), share: place - first };
  });
}
