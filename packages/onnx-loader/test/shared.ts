/** Random numbers, models from disk, and runs of models with onnxruntime. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { type Model, writeModel } from "../src/index.ts";

/** Numbers between -1 and 1 that are the same at every run. */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed * 2_654_435_761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function floats(dims: readonly number[], seed = 1): ort.Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return new ort.Tensor("float32", noise(count, seed), dims);
}

export async function run(
  model: Model | Uint8Array,
  feeds: Readonly<Record<string, ort.Tensor>>,
  options: ort.InferenceSession.SessionOptions = {},
): Promise<ort.InferenceSession.OnnxValueMapType> {
  const bytes = model instanceof Uint8Array ? model : writeModel(model);
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4, ...options });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** The largest difference of two results' numbers, after their shapes have been found equal. */
export function difference(a: ort.Tensor | undefined, b: ort.Tensor | undefined): number {
  expect(b?.dims).toEqual(a?.dims);
  const [left, right] = [a, b].map((tensor) => Array.from(tensor?.data ?? [], Number));
  expect(left?.length).toBeGreaterThan(0);
  // By a loop: the scores of a segmenter are too many for the arguments of one call.
  return (left ?? []).reduce(
    (most, number, i) => Math.max(most, Math.abs(number - (right?.[i] ?? Number.NaN))),
    0,
  );
}

/** Onnxruntime as the passes want it. */
export const runtime = ort;

function listed(folder: URL): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".onnx"))
    .map((entry) => [entry.name, fileURLToPath(new URL(entry.name, folder))]);
}

const shipped = listed(new URL("../../../models/networks/", import.meta.url));
const shared = ["", "light/", "small/"].flatMap((part) =>
  listed(new URL(`../../../../shared/models/${part}`, import.meta.url)),
);

/** A test for each model that there is; without the folder `shared`, a skipped one says so. */
export function testModels(
  title: string,
  body: (bytes: Uint8Array, path: string) => Promise<void> | void,
  wanted: (name: string) => boolean = () => true,
): void {
  test.each([...shipped, ...shared].filter(([name]) => wanted(name)))(`${title}: %s`, (_, path) =>
    body(readFileSync(path), basename(path)),
  );
  if (shared.length === 0)
    test.skip(`${title} (public models skipped: there is no folder "shared" beside the repository)`, () => {});
}

/** How often a property is tried; always with the same cases, unless ONNX_LRP_SEED says others. */
export function runs(numRuns: number): { numRuns: number; seed: number } {
  return { numRuns, seed: Number(process.env.ONNX_LRP_SEED ?? 2019) };
}
