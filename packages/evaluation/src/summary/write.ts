/** A summary as files: `summary.json` for programs, `summary.csv` for tables. */
import { join } from "node:path";
import { writeFileWhole } from "@onnx-lrp/node/internal";
import { chance } from "../store/rows.ts";
import type { Interval, MethodSummary, Summary } from "./summarize.ts";

/** @throws UserError `output` where the folder cannot be written to */
export async function writeSummary(folder: string, summary: Summary): Promise<void> {
  await writeFileWhole(
    join(folder, "summary.json"),
    Buffer.from(`${JSON.stringify(summary, undefined, 2)}\n`),
  );
  await writeFileWhole(join(folder, "summary.csv"), Buffer.from(summaryCsv(summary)));
}

const header = [
  "measure",
  "method",
  "parameter",
  "n",
  "left_out",
  "mean",
  "low",
  "high",
  "pooled",
  "pooled_low",
  "pooled_high",
];

/**
 * A row for each metric, method and parameter. Rows without a parameter have the headline; the method `chance` is the
 * expected value of uninformed maps.
 */
export function summaryCsv({ measures: metrics }: Summary): string {
  const rows = metrics.flatMap(({ name, methods, chance: byChance }) => [
    ...methods.flatMap((method) => methodRows(name, method.method, method, method.leftOut)),
    ...(byChance === null ? [] : methodRows(name, chance, byChance, undefined)),
  ]);
  return [header, ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
}

type Field = string | number | null | undefined;

function methodRows(
  metric: string,
  method: string,
  { n, headline, points }: Pick<MethodSummary, "n" | "headline" | "points">,
  leftOut: number | undefined,
): Field[][] {
  return [
    [metric, method, undefined, n, leftOut, ...bounds(headline), ...bounds(null)],
    ...points.map((point) => [
      metric,
      method,
      point.parameter,
      point.n,
      leftOut,
      ...bounds(point.mean),
      ...bounds(point.pooled),
    ]),
  ];
}

function bounds(interval: Interval | null): Field[] {
  return [interval?.value, interval?.low, interval?.high];
}

function field(value: Field): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
