/**
 * The sanity check of a run (metrics/randomisation.ts): what becomes of each method's map of a few pictures when the layers of the
 * network are drawn anew, from the logits down. Its results are `randomisation.json` in the run's folder, written whole
 * after each step, so that a run that was cut off goes on with the next.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Heatmap, heatmapOf } from "@onnx-lrp/core";
import { writeFileWhole } from "@onnx-lrp/node";
import { type Model, UserError } from "@onnx-lrp/onnx-loader";
import { z } from "zod";
import type { Randomised } from "../metrics/randomisation.ts";
import { spearman } from "../statistics/ranks.ts";
import { ssim } from "../statistics/ssim.ts";
import type { PictureReadings } from "../summary/groups.ts";
import type { DescribedMeasure, Item, PreparedItem, Reading } from "../types.ts";
import type { RunMethod } from "./tools.ts";

const source = "Adebayo et al. 2018, section 3";
const shared = {
  source,
  target: "label",
  better: "lower",
  parameter: "layers drawn anew, from the logits down",
} as const;

/** What is told of a map under the randomised network and the one under the trained network. */
export const randomisationMeasures: readonly DescribedMeasure[] = [
  {
    ...shared,
    name: "randomisation",
    summary: "How far the order of the absolute relevances survives when layers are drawn anew",
    value: "rank correlation of absolute values",
  },
  {
    ...shared,
    name: "randomisation-signed",
    summary: "The same with signs",
    value: "rank correlation",
  },
  {
    ...shared,
    name: "randomisation-ssim",
    summary: "Structural similarity of the absolute maps when layers are drawn anew",
    value: "structural similarity",
  },
];

function likeness(map: Heatmap, original: Heatmap): Record<string, number | undefined> {
  return {
    randomisation: spearman(map.values, original.values, { absolute: true }),
    "randomisation-signed": spearman(map.values, original.values),
    "randomisation-ssim": ssim(map, original, { absolute: true }),
  };
}

const format = z.strictObject({
  format: z.literal(1),
  pictures: z.array(z.strictObject({ index: z.int(), image: z.string() })),
  /** Steps that are done, by the layer that was drawn last. */
  steps: z.array(z.string()),
  /** Place in `pictures`, method, measure, layers drawn anew, value. */
  values: z.array(z.tuple([z.int(), z.string(), z.string(), z.number(), z.number()])),
});
type Results = z.infer<typeof format>;

/** Which layers a cascade of at most `most` steps stops at: evenly spread, the last one always. */
export function stepLayers(layers: readonly string[], most: number): string[] {
  const count = Math.min(most, layers.length);
  return Array.from(
    { length: count },
    (_, step) => layers[Math.round(((step + 1) * layers.length) / count) - 1] ?? "",
  );
}

export interface RandomisationRun {
  readonly folder: string;
  /** Items of the run. */
  readonly items: readonly Item[];
  /** How many of them are looked at: the first ones that can be read. */
  readonly pictures: number;
  /** Layers after which maps are compared (`stepLayers`). */
  readonly layers: readonly string[];
  /** The randomised networks, from the logits down (`cascade`). */
  readonly cascade: Iterable<Randomised>;
  readonly methods: readonly string[];
  prepare(item: Item): Promise<PreparedItem>;
  /** A method for the trained network (undefined) or a randomised one. */
  open(method: string, model: Model | undefined): Promise<RunMethod & { release(): Promise<void> }>;
  /** Ends after the current method of a step. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((done: number, total: number) => void) | undefined;
}

/**
 * Does what is left of the check.
 *
 * @returns whether all of it is done
 */
export async function randomise(run: RandomisationRun): Promise<boolean> {
  const { folder, layers, methods, signal } = run;
  let results = await readResults(folder);
  run.onStep?.(results?.steps.length ?? 0, layers.length);
  if (results !== undefined && results.steps.length >= layers.length) return true;
  const pictures = await firstReadable(run);
  if (pictures.length === 0 || signal?.aborted) return pictures.length === 0;
  const originals = await mapsOf(run, undefined, pictures);
  if (originals === undefined) return false;
  results ??= {
    format: 1,
    pictures: pictures.map(({ index, item }) => ({ index, image: item.item.id })),
    steps: [],
    values: [],
  };
  let drawn = 0;
  for (const { layer, model } of run.cascade) {
    drawn += 1;
    const step = layers.indexOf(layer);
    if (step < results.steps.length) continue;
    const maps = await mapsOf(run, model, pictures);
    if (maps === undefined) return false;
    const values: Results["values"] = [...results.values];
    for (const method of methods) {
      for (const [p, original] of (originals.get(method) ?? []).entries()) {
        const map = maps.get(method)?.[p];
        if (map === undefined || original === undefined) continue;
        for (const [measure, value] of Object.entries(likeness(map, original))) {
          if (value !== undefined) values.push([p, method, measure, drawn, value]);
        }
      }
    }
    results = { ...results, steps: [...results.steps, layer], values };
    await writeFileWhole(fileIn(folder), Buffer.from(`${JSON.stringify(results)}\n`));
    run.onStep?.(results.steps.length, layers.length);
  }
  return true;
}

interface Looked {
  readonly index: number;
  readonly item: PreparedItem;
}

async function firstReadable({ items, pictures, prepare }: RandomisationRun): Promise<Looked[]> {
  const found: Looked[] = [];
  for (const [index, item] of items.entries()) {
    if (found.length >= pictures) break;
    try {
      found.push({ index, item: await prepare(item) });
    } catch (error) {
      // The run itself has written down why.
      if (!(error instanceof UserError) || error.kind !== "input") throw error;
    }
  }
  return found;
}

/** By method, a map for each picture; undefined where a randomised network gives nothing finite, or at an abort as a whole. */
async function mapsOf(
  { methods, open, signal }: RandomisationRun,
  model: Model | undefined,
  pictures: readonly Looked[],
): Promise<Map<string, (Heatmap | undefined)[]> | undefined> {
  const maps = new Map<string, (Heatmap | undefined)[]>();
  for (const name of methods) {
    const method = await open(name, model);
    try {
      const own: (Heatmap | undefined)[] = [];
      for (const { item } of pictures) {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) return undefined;
        own.push(await mapAt(method, item));
      }
      maps.set(name, own);
    } finally {
      await method.release();
    }
  }
  return maps;
}

async function mapAt(method: RunMethod, { data, item }: PreparedItem): Promise<Heatmap | undefined> {
  try {
    const [explained] = await method.explain([data], [[item.label]]);
    const [explanation] = explained?.explanations ?? [];
    return explanation && heatmapOf(explanation.relevance, method.map);
  } catch (error) {
    if (error instanceof UserError && error.kind === "scores") return undefined;
    throw error;
  }
}

function fileIn(folder: string): string {
  return join(folder, "randomisation.json");
}

async function readResults(folder: string): Promise<Results | undefined> {
  const path = fileIn(folder);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new UserError("input", `"${path}" cannot be read: ${cause}.`, { cause });
  }
  try {
    return format.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError("input", `"${path}" was changed since it was written; take it away, and --resume.`, {
      cause,
    });
  }
}

/** The check's results in the form of other measures'; undefined for a run without. */
export async function readRandomisation(
  folder: string,
): Promise<{ readonly pictures: readonly PictureReadings[] } | undefined> {
  const results = await readResults(folder);
  if (results === undefined) return undefined;
  const pictures = results.pictures.map(({ index, image }) => ({
    index,
    image,
    measures: new Map<string, Map<string, Required<Reading>[]>>(),
  }));
  for (const [place, method, measure, parameter, value] of results.values) {
    const { measures } = pictures[place] ?? { measures: new Map() };
    const methods = measures.get(measure) ?? new Map<string, Required<Reading>[]>();
    measures.set(measure, methods);
    methods.set(method, [...(methods.get(method) ?? []), { parameter, value, weight: 1 }]);
  }
  return { pictures };
}
