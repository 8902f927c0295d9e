/** A run in this process. */

import { type RunFolder, unitRange } from "../store/folder.ts";
import { countFailed, listParts, unitsDone } from "../store/parts.ts";
import type { Item } from "../types.ts";
import type { Progress, RunResources } from "./resources.ts";
import { evaluateUnits } from "./units.ts";

/** What a run is of, and how it is run. */
export interface RunOptions {
  readonly folder: RunFolder;
  /** In the plan's order, after limit and sample. */
  readonly items: readonly Item[];
  /** Called once, and not at all if nothing is left to do. */
  open(): Promise<RunResources>;
  /** Ends the run before the next run of the network. */
  readonly signal?: AbortSignal | undefined;
  /** Pictures that are decoded ahead; default 4. */
  readonly ahead?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** How a run ended. */
export interface RunResult {
  readonly interrupted: boolean;
  /** Units whose results are in the folder, of all. */
  readonly units: { readonly whole: number; readonly total: number };
  /** Pictures of whole units, of all. */
  readonly pictures: { readonly done: number; readonly total: number };
  /** Units that were given up because two processes died at them. */
  readonly lost: readonly number[];
}

/**
 * Does the remaining units of a run in this process.
 *
 * @throws UserError for what stops it: `run`, `output`, `usage`, and what `open` throws
 */
export async function runEvaluation(options: RunOptions): Promise<RunResult> {
  const { folder, items, signal } = options;
  const left = unitsLeft(folder);
  const progress = await startCount(folder, options.onProgress);
  if (left.length > 0 && !signal?.aborted) {
    const resources = await options.open();
    try {
      await evaluateUnits({
        folder: folder.path,
        plan: folder.plan,
        items,
        resources,
        signal,
        ahead: options.ahead,
        next: async () => left.shift(),
        onPicture: (_, failed) => progress(failed),
      });
    } finally {
      await resources.release();
    }
  }
  return runResult(folder, signal?.aborted ?? false, []);
}

export function unitsLeft({ units, done }: RunFolder): number[] {
  return Array.from({ length: units }, (_, unit) => unit).filter((unit) => !done.has(unit));
}

/** What earlier runs did. */
export async function countDone({ path, plan, done }: RunFolder): Promise<Progress> {
  let failed = 0;
  for (const part of done.size > 0 ? await listParts(path, "pictures") : [])
    failed += await countFailed(part);
  return { done: picturesIn(plan, done), total: plan.dataset.items, failed };
}

async function startCount(
  folder: RunFolder,
  tell: RunOptions["onProgress"],
): Promise<(failed: boolean) => void> {
  let progress = await countDone(folder);
  tell?.(progress);
  return (failed) => {
    progress = { ...progress, done: progress.done + 1, failed: progress.failed + (failed ? 1 : 0) };
    tell?.(progress);
  };
}

/** What there is in the folder now. */
export async function runResult(
  { path, plan, units }: RunFolder,
  interrupted: boolean,
  lost: readonly number[],
): Promise<RunResult> {
  const done = await unitsDone(path);
  return {
    interrupted: interrupted && done.size < units,
    units: { whole: done.size, total: units },
    pictures: { done: picturesIn(plan, done), total: plan.dataset.items },
    lost,
  };
}

function picturesIn(plan: RunFolder["plan"], units: Iterable<number>): number {
  let pictures = 0;
  for (const unit of units) {
    const { start, end } = unitRange(plan, unit);
    pictures += end - start;
  }
  return pictures;
}
