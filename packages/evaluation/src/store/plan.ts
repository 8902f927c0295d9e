/** The plan of a run: everything that its results depend on. Stored as `plan.json` in the run's folder. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { z } from "zod";
import type { Item } from "../types.ts";

const named = z.strictObject({ name: z.string(), parameters: z.record(z.string(), z.json()) });

/** The format of plan.json, and the check of one that is read. */
export const planFormat = z.strictObject({
  format: z.literal(1),
  /** Of onnx-lrp. */
  version: z.string(),
  model: z.strictObject({ path: z.string(), sha256: z.string() }),
  dataset: z.strictObject({
    path: z.string(),
    name: z.string(),
    /** Pictures of the run, after limit and sample. */
    items: z.int().nonnegative(),
    /** Of the list of items (`hashItems`). */
    sha256: z.string(),
    /** What was left out of the list, in sentences. */
    notes: z.array(z.string()),
  }),
  /** The first is the one that the others are compared with. */
  methods: z.array(named).min(1),
  /** The metrics. */
  measures: z.array(named),
  /** The run's sanity check, if it has one: the number of pictures, and the layers after which maps are compared. */
  randomization: z
    .strictObject({ pictures: z.int().positive(), layers: z.array(z.string()).min(1) })
    .optional(),
  /** At most this many pictures. */
  limit: z.int().positive().nullable(),
  /** Seed by which pictures were drawn; null for the first ones of the data set. */
  sample: z.int().nullable(),
  /** Of metrics, methods that draw, and intervals. */
  seed: z.int(),
  preprocess: z.json(),
  /** Who says so (`option`, `model`, `file`, `graph`, `guess`), and where; for the record. */
  preprocessSource: z.strictObject({ from: z.string(), source: z.string() }).optional(),
  /** The colour of hidden pixels, one number per channel, in the network's input space. */
  fill: z.array(z.number()),
  unitSize: z.int().positive(),
  /** The user's arguments, for the record and to draw maps again; results follow from the rest. */
  options: z.record(z.string(), z.json()).optional(),
});

export type Plan = z.infer<typeof planFormat>;

/** Items in a unit, which a killed process loses at most. */
export const defaultUnitSize = 32;

/**
 * The first difference between two plans, and what it is in; undefined for plans that have the same results. The paths of the
 * model and the data set and the notes of the listing do not matter.
 */
export function planDifference(
  before: Plan,
  now: Plan,
): { what: string; before: string; now: string } | undefined {
  const sides: readonly (readonly [string, (plan: Plan) => unknown])[] = [
    ["the version of onnx-lrp", ({ version }) => version],
    ["the model", ({ model }) => model.sha256],
    ["the list of methods", ({ methods }) => methods.map(({ name }) => name)],
    ["the list of metrics", ({ measures }) => measures.map(({ name }) => name)],
    ["the randomization", ({ randomization }) => randomization ?? null],
    ["limit", ({ limit }) => limit],
    ["sample", ({ sample }) => sample],
    ["the data set", ({ dataset }) => [dataset.items, dataset.sha256]],
    ["seed", ({ seed }) => seed],
    ["preprocessing", ({ preprocess }) => preprocess],
    ["the colour of hidden pixels", ({ fill }) => fill],
    ["the parameters of the methods", ({ methods }) => methods],
    ["the parameters of the metrics", ({ measures }) => measures],
    ["the size of a unit", ({ unitSize }) => unitSize],
  ];
  for (const [what, of] of sides) {
    if (canonical(of(before)) === canonical(of(now))) continue;
    if (what === "the model") return { what, before: before.model.path, now: now.model.path };
    if (what === "the data set") return { what, before: listing(before), now: listing(now) };
    return { what, before: shown(of(before)), now: shown(of(now)) };
  }
  return undefined;
}

function listing({ dataset: { path, items, sha256 } }: Plan): string {
  return `${path} (${items} pictures, ${sha256.slice(0, 8)})`;
}

function shown(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value) && value.every((entry) => typeof entry !== "object")) return value.join(",");
  return typeof value === "object" ? canonical(value) : String(value);
}

/** JSON in which the order of keys does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * SHA-256 of a list of items: names, labels, regions, and the sizes of the files, so that the same data set in another
 * folder is the same, and a changed copy of it is not.
 */
export async function hashItems(items: readonly Item[]): Promise<string> {
  const hash = createHash("sha256");
  const together = 64;
  for (let start = 0; start < items.length; start += together) {
    const group = items.slice(start, start + together);
    for (const line of await Promise.all(group.map(itemLine))) hash.update(`${line}\n`);
  }
  return hash.digest("hex");
}

async function itemLine({ id, path, label, region }: Item): Promise<string> {
  const where =
    region.kind === "mask-file"
      ? ["mask", relative(dirname(path), region.path).split(sep).join("/"), await sizeOf(region.path)]
      : region.kind === "boxes"
        ? ["boxes", ...region.boxes.map(({ left, top, right, bottom }) => [left, top, right, bottom])]
        : ["none"];
  return JSON.stringify([id, await sizeOf(path), label, where]);
}

/** In bytes; -1 for a missing file, which the run will report. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return -1;
  }
}
