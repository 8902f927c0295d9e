/** Numbers and names as people read them. */
export { className } from "@onnx-lrp/network/internal";

export function percent(probability: number): string {
  const value = probability * 100;
  if (value >= 99.995) return "100 %";
  if (value !== 0 && value < 0.01) return `${value.toExponential(1)} %`;
  return `${value.toPrecision(3)} %`;
}

export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? value.toPrecision(4) : value.toExponential(2);
}

/** Columns with two spaces between; numbers to the right. */
export function table(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
