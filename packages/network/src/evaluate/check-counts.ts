/** The numbers of a run. */
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ProgramWords } from "../program-words.ts";

/** More would not be processes but an accident. */
const mostWorkers = 256;

interface Counts {
  readonly limit?: number | undefined;
  readonly sample?: number | undefined;
  readonly workers: number;
  readonly randomization?: { readonly pictures: number; readonly steps: number } | undefined;
}

/** @throws UserError `usage` for numbers that cannot be meant */
export function checkCounts(
  { limit, sample, workers, randomization }: Counts,
  { option }: Pick<ProgramWords, "option">,
): void {
  const wrong = (name: string, what: string) =>
    new UserError("usage", `${option(name)} ${what}.`, { subject: { option: name } });
  const counts = [
    ["limit", limit],
    ["workers", workers],
    ["randomization.pictures", randomization?.pictures],
    ["randomization.steps", randomization?.steps],
  ] as const;
  for (const [name, value] of counts) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw wrong(name, `must be an integer of at least 1; got ${value}`);
  }
  if (workers > mostWorkers) throw wrong("workers", `must be at most ${mostWorkers}; got ${workers}`);
  if (sample !== undefined && !Number.isSafeInteger(sample))
    throw wrong("sample", `must be an integer; got ${sample}`);
  if (sample !== undefined && limit === undefined)
    throw wrong("sample", `draws pictures at random; set their number with ${option("limit")}`);
}
