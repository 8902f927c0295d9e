/** First pass over a folder: which pictures were evaluated, and the network's scores of them. */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { listParts, readPictures } from "../store/parts.ts";

export interface PictureCounts {
  /** Of the plan; null for a folder without one. */
  readonly planned: number | null;
  /** With results. */
  readonly ok: number;
  readonly failed: number;
  /** Planned and neither of the two; null for a folder without a plan. */
  readonly missing: number | null;
  /** For which the network's most probable class is the label. */
  readonly correct: number;
  /** Of quantized networks: the largest difference of a probability to the float equivalent, over all pictures. */
  readonly quantizedDifference: number | null;
}

export interface Failure {
  readonly image: string;
  readonly reason: string;
}

/** Failures that a summary names; the others are counted. */
const failuresShown = 100;

/**
 * @returns counts, the first failures, and the indexes of pictures with results
 * @throws UserError `input` if a picture is there twice, or a file cannot be read
 */
export async function countPictures(
  folder: string,
  planned: number | undefined,
): Promise<{ counts: PictureCounts; failures: readonly Failure[]; usable: ReadonlySet<number> }> {
  const usable = new Set<number>();
  const failed = new Set<number>();
  const failures: { index: number; image: string; reason: string }[] = [];
  let correct = 0;
  let difference: number | null = null;
  for (const part of await listParts(folder, "pictures")) {
    for (const row of await readPictures(part)) {
      if (usable.has(row.index) || failed.has(row.index)) {
        throw new UserError(
          "input",
          `Picture ${row.index} ("${row.image}") is in the results twice, the second time in "${part}".`,
          { subject: { file: part }, remedies: [textRemedy("delete one of the two")] },
        );
      }
      if (row.status === "failed") {
        failed.add(row.index);
        failures.push(row);
        if (failures.length > 2 * failuresShown) keepFirst(failures);
        continue;
      }
      usable.add(row.index);
      if (row.predicted === row.label) correct += 1;
      if (row.quantizedDifference !== undefined)
        difference = Math.max(difference ?? 0, row.quantizedDifference);
    }
  }
  keepFirst(failures);
  const counts: PictureCounts = {
    planned: planned ?? null,
    ok: usable.size,
    failed: failed.size,
    missing: planned === undefined ? null : planned - usable.size - failed.size,
    correct,
    quantizedDifference: difference,
  };
  return { counts, failures: failures.map(({ image, reason }) => ({ image, reason })), usable };
}

function keepFirst(failures: { index: number }[]): void {
  failures.sort((a, b) => a.index - b.index).splice(failuresShown);
}
