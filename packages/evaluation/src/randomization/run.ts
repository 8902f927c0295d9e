/**
 * The sanity check of a run (cascade.ts): how each method's maps of a few pictures change when the layers of the
 * network are re-initialized, from the logits down. Its results are written after each step, so that an interrupted run
 * continues with the next.
 */
import { type Heatmap, heatmapOf, type Target } from "@onnx-lrp/core";
import { turn } from "@onnx-lrp/core/internal";
import { type Model, UserError } from "@onnx-lrp/onnx-loader";
import type { RunMethod } from "../run/resources.ts";
import { spearman } from "../statistics/ranks.ts";
import { ssim } from "../statistics/ssim.ts";
import type { Item, PreparedItem } from "../types.ts";
import type { CascadeStep } from "./cascade.ts";
import { type Results, readResults, writeResults } from "./results.ts";

function similarity(map: Heatmap, original: Heatmap): Record<string, number | undefined> {
  return {
    randomization: spearman(map.values, original.values, { absolute: true }),
    "randomization-signed": spearman(map.values, original.values),
    "randomization-ssim": ssim(map, original, { absolute: true }),
  };
}

/** Which layers a cascade of at most `most` steps stops at: evenly spread, the last one always. */
export function stepLayers(layers: readonly string[], most: number): string[] {
  const count = Math.min(most, layers.length);
  return Array.from(
    { length: count },
    (_, step) => layers[Math.round(((step + 1) * layers.length) / count) - 1] ?? "",
  );
}

export interface RandomizationRun {
  readonly folder: string;
  /** Items of the run. */
  readonly items: readonly Item[];
  /** How many of them are explained: the first ones that can be read. */
  readonly pictures: number;
  /** Layers after which maps are compared (`stepLayers`). */
  readonly layers: readonly string[];
  /** The randomized networks, from the logits down (`cascade`). */
  readonly cascade: Iterable<CascadeStep>;
  readonly methods: readonly string[];
  prepare(item: Item): Promise<PreparedItem>;
  /**
   * What is explained at a picture, of the trained network and of randomized ones; default its label.
   *
   * @throws UserError `input` for a picture that this cannot be said of
   */
  target?(item: PreparedItem): Promise<Target>;
  /** A method for the trained network (undefined) or a randomized one. */
  open(method: string, model: Model | undefined): Promise<RunMethod & { release(): Promise<void> }>;
  /** Ends after the current method of a step. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((done: number, total: number) => void) | undefined;
}

/**
 * Does the remaining steps of the check.
 *
 * @returns whether all of it is done
 */
export async function runRandomization(run: RandomizationRun): Promise<boolean> {
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
        for (const [metric, value] of Object.entries(similarity(map, original))) {
          if (value !== undefined) values.push([p, method, metric, drawn, value]);
        }
      }
    }
    results = { ...results, steps: [...results.steps, layer], values };
    await writeResults(folder, results);
    run.onStep?.(results.steps.length, layers.length);
  }
  return true;
}

interface SampledPicture {
  readonly index: number;
  readonly item: PreparedItem;
  readonly target: Target;
}

async function firstReadable({
  items,
  pictures,
  prepare,
  target = async ({ item }) => item.label,
}: RandomizationRun): Promise<SampledPicture[]> {
  const found: SampledPicture[] = [];
  for (const [index, item] of items.entries()) {
    if (found.length >= pictures) break;
    try {
      const prepared = await prepare(item);
      found.push({ index, item: prepared, target: await target(prepared) });
    } catch (error) {
      // The run itself has recorded why.
      if (!(error instanceof UserError) || error.kind !== "input") throw error;
    }
  }
  return found;
}

/** By method, a map for each picture; undefined if a randomized network gives no finite scores; undefined as a whole after an abort. */
async function mapsOf(
  { methods, open, signal }: RandomizationRun,
  model: Model | undefined,
  pictures: readonly SampledPicture[],
): Promise<Map<string, (Heatmap | undefined)[]> | undefined> {
  const maps = new Map<string, (Heatmap | undefined)[]>();
  for (const name of methods) {
    const method = await open(name, model);
    try {
      const own: (Heatmap | undefined)[] = [];
      for (const picture of pictures) {
        await turn();
        if (signal?.aborted) return undefined;
        own.push(await mapAt(method, picture));
      }
      maps.set(name, own);
    } finally {
      await method.release();
    }
  }
  return maps;
}

async function mapAt(method: RunMethod, { item, target }: SampledPicture): Promise<Heatmap | undefined> {
  try {
    const [explained] = await method.explain([item.data], [[target]]);
    const [explanation] = explained?.explanations ?? [];
    return explanation && heatmapOf(explanation.relevance, method.map);
  } catch (error) {
    if (error instanceof UserError && error.kind === "scores") return undefined;
    throw error;
  }
}
