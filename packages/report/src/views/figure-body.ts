import type { Cell } from "../cells.ts";

/** The part of a figure between its title and its small print: cells in rows of columns of the same width. */
export interface FigureBody {
  readonly cells: readonly Cell[];
  readonly perRow: number;
  /** Of a column, and between columns and rows, in pixels. */
  readonly column: number;
  readonly gap: number;
  /** Of all columns together. */
  readonly width: number;
  /** How it is read, where no cell says so. */
  readonly reading?: string | undefined;
  /** Whether a cell has the caption; else it stands at the foot. */
  readonly captioned?: boolean;
}
