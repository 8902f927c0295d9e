/** Starting and continuing a run in a folder. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileWhole } from "@onnx-lrp/node/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { hasCode } from "../has-code.ts";
import { lockName } from "./lock.ts";
import { removeDamaged, removeLeftovers, unitsDone } from "./parts.ts";
import { type Plan, planDifference, planFormat } from "./plan.ts";
import { readRunText } from "./read-text.ts";
import { planInCurrentSpelling } from "./spelling.ts";

const anotherFolder = textRemedy("choose another folder");

/** A run's folder, ready to be written into. */
export interface RunFolder {
  readonly path: string;
  /** As it was at the beginning of the run. */
  readonly plan: Plan;
  /** How many units the run has. */
  readonly units: number;
  /** Units that are complete already. */
  readonly done: ReadonlySet<number>;
  /** Files of units whose content was not what had been written, and that are not counted as done for that. */
  readonly damaged: readonly string[];
}

/**
 * Starts a run in an empty or new folder, or continues one. A folder with a plan and no results, whose run was refused or
 * stopped at once, counts as empty.
 *
 * @param resume whether a run that is there is to be continued
 * @throws UserError `usage` where the folder holds something else, or a run with another plan; `output` where it cannot be
 * written
 */
export async function openRunFolder(
  path: string,
  plan: Plan,
  { resume }: { resume: boolean },
): Promise<RunFolder> {
  const there = await readPlan(path);
  const before = there !== undefined && !resume && (await isBare(path)) ? undefined : there;
  if (there === undefined) {
    const own = (name: string) => name === lockName || /^plan\.json\.[0-9a-f]{8}\.tmp$/.test(name);
    const names = (await list(path)).filter((name) => !own(name));
    if (names.length > 0) {
      throw new UserError(
        "usage",
        `"${path}" is not empty, and holds no run of this program (it has no plan.json).`,
        { subject: { file: path }, remedies: [anotherFolder] },
      );
    }
  }
  if (before === undefined) {
    await writeFileWhole(join(path, "plan.json"), Buffer.from(`${JSON.stringify(plan, undefined, 2)}\n`));
  } else if (!resume) {
    throw new UserError("usage", `"${path}" already holds a run.`, {
      subject: { file: path },
      remedies: [{ kind: "option", option: "resume" }, anotherFolder],
    });
  } else {
    const difference = planDifference(before, plan);
    if (difference !== undefined) {
      throw new UserError(
        "usage",
        `"${path}" holds a run of another plan, which cannot be continued: ${difference.what} was ${difference.before} and is now ${difference.now}.`,
        {
          subject: { file: path },
          remedies: [textRemedy("repeat the options that the run was started with"), anotherFolder],
        },
      );
    }
  }
  await removeLeftovers(path);
  const damaged = await removeDamaged(path);
  const kept = before ?? plan;
  return {
    path,
    plan: kept,
    units: Math.ceil(kept.dataset.items / kept.unitSize),
    done: await unitsDone(path),
    damaged,
  };
}

/** Whether a run's folder has its plan and no results. */
async function isBare(path: string): Promise<boolean> {
  return (await list(path)).every(
    (name) => name === "plan.json" || name === lockName || name.endsWith(".tmp"),
  );
}

/** Places in the list of items that a unit covers, the end exclusive. */
export function unitRange(plan: Plan, unit: number): { start: number; end: number } {
  const start = unit * plan.unitSize;
  return { start, end: Math.min(start + plan.unitSize, plan.dataset.items) };
}

/**
 * The plan in a folder; undefined if there is none.
 *
 * @throws UserError `input` for one that cannot be read
 */
export async function readPlan(folder: string): Promise<Plan | undefined> {
  const path = join(folder, "plan.json");
  const text = await readRunText(path, "plan");
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(
      "input",
      `"${path}" is not JSON (${messageOf(cause)}): it was changed since it was written.`,
      {
        cause,
      },
    );
  }
  const checked = planFormat.safeParse(planInCurrentSpelling(json));
  if (checked.success) return checked.data;
  const [first] = checked.error.issues;
  throw new UserError(
    "input",
    `"${path}" is not a plan of this version: at ${first?.path.join(".") || "the top"}, ${first?.message ?? "something"}.`,
  );
}

async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return [];
    throw new UserError("usage", `"${path}" cannot be used for results: ${messageOf(cause)}.`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
