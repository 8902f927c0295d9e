/** What the sanity check leaves in a run's folder: `randomisation.json`, written whole after each step. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileWhole } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader";
import { z } from "zod";
import type { PictureReadings, Reading } from "../types.ts";

const format = z.strictObject({
  format: z.literal(1),
  pictures: z.array(z.strictObject({ index: z.int(), image: z.string() })),
  /** Steps that are done, by the layer that was drawn last. */
  steps: z.array(z.string()),
  /** Place in `pictures`, method, metric, layers drawn anew, value. */
  values: z.array(z.tuple([z.int(), z.string(), z.string(), z.number(), z.number()])),
});
export type Results = z.infer<typeof format>;

function fileIn(folder: string): string {
  return join(folder, "randomisation.json");
}

export async function readResults(folder: string): Promise<Results | undefined> {
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

/** @throws UserError `output` where it cannot be written */
export async function writeResults(folder: string, results: Results): Promise<void> {
  await writeFileWhole(fileIn(folder), Buffer.from(`${JSON.stringify(results)}\n`));
}

/** The check's results in the form of other metrics'; undefined for a run without. */
export async function readRandomisation(
  folder: string,
): Promise<{ readonly pictures: readonly PictureReadings[] } | undefined> {
  const results = await readResults(folder);
  if (results === undefined) return undefined;
  const pictures = results.pictures.map(({ index, image }) => ({
    index,
    image,
    metrics: new Map<string, Map<string, Required<Reading>[]>>(),
  }));
  for (const [place, method, metric, parameter, value] of results.values) {
    const { metrics } = pictures[place] ?? { metrics: new Map() };
    const methods = metrics.get(metric) ?? new Map<string, Required<Reading>[]>();
    metrics.set(metric, methods);
    methods.set(method, [...(methods.get(method) ?? []), { parameter, value, weight: 1 }]);
  }
  return { pictures };
}
