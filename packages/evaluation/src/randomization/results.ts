/** The results of the sanity check in a run's folder: `randomization.json`, written whole after each step. */
import { join } from "node:path";
import { writeFileWhole } from "@onnx-lrp/node/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { z } from "zod";
import { readRunText } from "../store/read-text.ts";
import { nameInCurrentSpelling, nameInFormerSpelling } from "../store/spelling.ts";
import type { PictureReadings, Reading } from "../types.ts";

const format = z.strictObject({
  format: z.literal(1),
  pictures: z.array(z.strictObject({ index: z.int(), image: z.string() })),
  /** Steps that are done, by the layer that was drawn last. */
  steps: z.array(z.string()),
  /** Place in `pictures`, method, metric, re-initialized layers, value. */
  values: z.array(z.tuple([z.int(), z.string(), z.string(), z.number(), z.number()])),
});
export type Results = z.infer<typeof format>;

const fileName = "randomization.json";

/**
 * @returns undefined for a run without the check
 * @throws UserError `input` for a file that cannot be read or was changed
 */
export async function readResults(folder: string): Promise<Results | undefined> {
  const read =
    (await readText(join(folder, fileName))) ??
    (await readText(join(folder, nameInFormerSpelling(fileName))));
  if (read === undefined) return undefined;
  try {
    const results = format.parse(JSON.parse(read.text));
    const values = results.values.map(([picture, method, metric, ...numbers]): Results["values"][number] => [
      ...([picture, method, nameInCurrentSpelling(metric)] as const),
      ...numbers,
    ]);
    return { ...results, values };
  } catch (cause) {
    throw new UserError("input", `"${read.path}" was changed since it was written.`, {
      subject: { file: read.path },
      remedies: [textRemedy("delete it and resume the run")],
      cause,
    });
  }
}

async function readText(path: string): Promise<{ path: string; text: string } | undefined> {
  const text = await readRunText(path, "file of randomization");
  return text === undefined ? undefined : { path, text };
}

/** @throws UserError `output` where it cannot be written */
export async function writeResults(folder: string, results: Results): Promise<void> {
  await writeFileWhole(join(folder, fileName), Buffer.from(`${JSON.stringify(results)}\n`));
}

/** The results in the form of other metrics'; undefined for a run without the check. */
export async function readRandomization(
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
