import { escaped } from "../svg.ts";
import type { EvaluationCell, EvaluationMetric, EvaluationRow, EvaluationTable } from "./report.ts";

/** A table of means with their intervals: the best in bold, controls below a line. */
export function tableOf({ title, note, metrics, rows }: EvaluationTable): string {
  const columns = metrics.map((metric, i) => columnOf(metric, rows, i));
  const heads = metrics.map((metric, i) => headOf(metric, columns[i]));
  const lines = [...rows.filter(({ control }) => !control), ...rows.filter(({ control }) => control)].map(
    (row) => {
      const cells = row.cells.map((cell, i) => cellOf(cell, columns[i], row));
      const kind = row.control ? ' class="control"' : "";
      return `<tr${kind}><th scope="row">${escaped(row.name)}</th>${cells.join("")}</tr>`;
    },
  );
  return [
    `<h3>${escaped(title)}</h3>`,
    note ? `<p class="small">${escaped(note)}</p>` : "",
    '<div class="wide" tabindex="0"><table>',
    `<thead><tr><th scope="col">method</th>${heads.join("")}</tr></thead>`,
    `<tbody>${lines.join("\n")}</tbody></table></div>`,
  ].join("\n");
}

interface Column {
  readonly write: (value: number) => string;
  /** The best mean of the methods, if there are several. */
  readonly best: number | undefined;
  /** Number of pictures of every mean in it, if that is the same. */
  readonly n: number | undefined;
}

function columnOf({ better }: EvaluationMetric, rows: readonly EvaluationRow[], i: number): Column {
  const cells = rows.map(({ cells }) => cells[i]).filter((cell) => cell !== undefined);
  const means = rows
    .filter(({ control }) => !control)
    .map(({ cells }) => cells[i]?.mean ?? Number.NaN)
    .filter(Number.isFinite);
  const counts = new Set(cells.map(({ n }) => n).filter((n) => n !== undefined));
  const [n] = counts;
  return {
    // In a table of differences the only method may be the one that the others are compared with: 0.
    write: writer(means.some((mean) => mean !== 0) ? means : cells.map(({ mean }) => mean)),
    best: means.length > 1 ? (better === "higher" ? Math.max(...means) : Math.min(...means)) : undefined,
    n: counts.size === 1 ? n : undefined,
  };
}

/** Numbers of a column have the same decimals: three digits of the methods' largest. */
function writer(means: readonly number[]): (value: number) => string {
  const largest = Math.max(0, ...means.map(Math.abs).filter(Number.isFinite));
  const exponential = largest > 0 && (largest < 1e-4 || largest >= 1e6);
  const decimals = largest > 0 ? Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(largest) + 1e-9))) : 0;
  return (value) => {
    if (!Number.isFinite(value)) return "\u2013";
    const text = exponential ? value.toExponential(2).replace("+", "") : value.toFixed(decimals);
    return text.replace(/^-(0(?:\.0+)?)$/, "$1").replaceAll("-", "\u2212");
  };
}

function headOf({ name, summary, better }: EvaluationMetric, column: Column | undefined): string {
  const arrow = better === "higher" ? "\u2191 higher is better" : "\u2193 lower is better";
  const n = column?.n === undefined ? "" : `<br>n = ${column.n}`;
  const title = summary ? ` title="${escaped(summary)}"` : "";
  return `<th scope="col"${title}>${escaped(name)}<small>${arrow}${n}</small></th>`;
}

function cellOf(cell: EvaluationCell | undefined, column: Column | undefined, row: EvaluationRow): string {
  if (!cell || !column) return '<td class="none">\u2013</td>';
  const { mean, low, high, n } = cell;
  const best = !row.control && mean === column.best;
  const text = column.write(mean);
  const small = [
    low === undefined || high === undefined ? "" : `${column.write(low)} to ${column.write(high)}`,
    n === undefined || column.n !== undefined ? "" : `n = ${n}`,
  ].filter((part) => part !== "");
  return `<td>${best ? `<strong>${text}</strong>` : text}<small>${small.join("<br>")}</small></td>`;
}
