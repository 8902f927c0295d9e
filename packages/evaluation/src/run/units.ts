/**
 * Units of a run, one after another: while the network works on a picture (onnxruntime-node holds this thread meanwhile),
 * the next ones are read and decoded in other threads. What is kept in memory is a unit's numbers and a few pictures.
 */
import { turn } from "@onnx-lrp/core/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { unitRange } from "../store/folder.ts";
import { writeUnit } from "../store/parts.ts";
import type { Plan } from "../store/plan.ts";
import { chance, type PictureRow, type TimeRow, type ValueRow } from "../store/rows.ts";
import type { Item, PreparedItem } from "../types.ts";
import { interruptible } from "./interruptible.ts";
import { type Clock, evaluatePicture } from "./picture.ts";
import type { RunResources } from "./resources.ts";

export interface UnitsRun {
  readonly folder: string;
  readonly plan: Plan;
  /** All items of the run, of which units are ranges. */
  readonly items: readonly Item[];
  readonly resources: RunResources;
  /** The next unit to do; undefined when there is none left. Asked a little before it is needed. */
  next(): Promise<number | undefined>;
  readonly signal?: AbortSignal | undefined;
  /** Pictures that are decoded ahead; default 4. */
  readonly ahead?: number | undefined;
  readonly onPicture?: ((unit: number, failed: boolean) => void) | undefined;
  /** After a unit's files are written. */
  readonly onUnit?: ((unit: number) => void) | undefined;
}

/**
 * Does units until there are none left, or until the signal, which ends before the next run of the network and leaves the
 * current unit undone.
 *
 * @throws UserError for what stops the run (`run`, `output`, `usage`); pictures that cannot be used are recorded as failed
 */
export async function evaluateUnits(run: UnitsRun): Promise<void> {
  const { folder, plan, items, signal } = run;
  const resources = interruptible(run.resources, signal);
  if (items.length !== plan.dataset.items) {
    throw new UserError(
      "usage",
      `The data set has ${items.length} pictures, but had ${plan.dataset.items} when the run was started.`,
      { remedies: [textRemedy("start a new run in another folder")] },
    );
  }
  checkNames(plan, resources);
  const queue = lookAhead(run);
  let unit = emptyUnit();
  for (;;) {
    await turn();
    if (signal?.aborted) return;
    const { clock } = unit;
    const entry = await queue.take();
    if (entry === undefined) return;
    const { index, item, ready } = entry;
    const prepared = await clock("prepare", () => ready);
    const row = await outcome(prepared, index, item, resources, plan.seed, unit).catch((error: unknown) => {
      if (signal?.aborted) return undefined;
      throw error;
    });
    if (row === undefined) return;
    unit.pictures.push(row);
    run.onPicture?.(entry.unit, row.status === "failed");
    if (index + 1 < unitRange(plan, entry.unit).end) continue;
    await writeUnit(folder, entry.unit, {
      ...unit,
      times: [...unit.times].map(([step, time]) => ({ step, ...time })),
    });
    run.onUnit?.(entry.unit);
    unit = emptyUnit();
  }
}

/** Results and summary use the names of the plan. */
function checkNames({ methods, measures }: Plan, resources: RunResources): void {
  const pairs = [
    [methods, resources.methods],
    [measures, resources.metrics],
  ] as const;
  for (const [planned, opened] of pairs) {
    const [wanted, got] = [planned, opened].map((list) => list.map(({ name }) => name).join(", "));
    if (wanted !== got) throw new Error(`The plan has ${wanted}, but ${got} were opened.`);
  }
  const names = resources.methods.map(({ name }) => name);
  if (names.includes(chance) || new Set(names).size < names.length) {
    throw new UserError(
      "usage",
      `Methods must have different names, and none may be called ${chance}; these are ${names.join(", ")}.`,
    );
  }
}

interface OpenUnit {
  readonly pictures: PictureRow[];
  readonly values: ValueRow[];
  readonly times: Map<string, Omit<TimeRow, "step">>;
  readonly clock: Clock;
}

function emptyUnit(): OpenUnit {
  const times: OpenUnit["times"] = new Map();
  return {
    pictures: [],
    values: [],
    times,
    async clock(step, work) {
      const start = performance.now();
      const result = await work();
      const { seconds, pictures } = times.get(step) ?? { seconds: 0, pictures: 0 };
      times.set(step, {
        seconds: seconds + (performance.now() - start) / 1000,
        pictures: pictures + 1,
      });
      return result;
    },
  };
}

/** A picture's row; its values go to the unit if there are any. */
async function outcome(
  prepared: Settled,
  index: number,
  item: Item,
  resources: RunResources,
  seed: number,
  unit: OpenUnit,
): Promise<PictureRow> {
  const image = item.id;
  try {
    if (!prepared.ok) throw prepared.error;
    const { scores, values } = await evaluatePicture(resources, prepared.item, seed, unit.clock);
    for (const value of values) unit.values.push({ index, image, ...value });
    return { index, image, status: "ok", ...scores };
  } catch (error) {
    if (error instanceof UserError) {
      if (error.kind !== "input" && error.kind !== "scores") throw error;
      return { index, image, status: "failed", reason: error.message, label: item.label };
    }
    throw new Error(`At "${image}": ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

type Settled =
  | { readonly ok: true; readonly item: PreparedItem }
  | { readonly ok: false; readonly error: unknown };

interface Entry {
  readonly unit: number;
  readonly index: number;
  readonly item: Item;
  /** Never rejects, so that what goes wrong ahead of time is met in its turn. */
  readonly ready: Promise<Settled>;
}

function lookAhead({ plan, items, resources, next, ahead = 4 }: UnitsRun): {
  take(): Promise<Entry | undefined>;
} {
  const waiting: Entry[] = [];
  let unit: number | undefined;
  let [index, end] = [0, 0];
  let over = false;
  const fill = async () => {
    while (waiting.length <= ahead && !over) {
      if (index >= end) {
        unit = await next();
        if (unit === undefined) {
          over = true;
          return;
        }
        ({ start: index, end } = unitRange(plan, unit));
      }
      const item = items[index];
      if (unit === undefined || item === undefined)
        throw new Error(`There is no unit ${unit} with picture ${index}.`);
      waiting.push({ unit, index, item, ready: settled(resources, item) });
      index += 1;
    }
  };
  return {
    async take() {
      await fill();
      return waiting.shift();
    },
  };
}

async function settled(resources: RunResources, item: Item): Promise<Settled> {
  try {
    return { ok: true, item: await resources.prepare(item) };
  } catch (error) {
    return { ok: false, error };
  }
}
