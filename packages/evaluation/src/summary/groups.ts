/** Second pass over a folder: the readings of one picture after another. */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { listParts, readValues } from "../store/parts.ts";
import type { PictureReadings, Reading } from "../types.ts";

/**
 * Pictures in the order of the files' names and, within a file, by index; one file is in memory at a time. The rows of a picture
 * may continue in the next file. Rows of pictures that are not `usable`, such as those of interrupted units, are skipped.
 *
 * @throws UserError `input` if rows of a picture are in several places, or a reading is there twice
 */
export async function* picturesOf(
  folder: string,
  usable: ReadonlySet<number>,
): AsyncGenerator<PictureReadings, void, undefined> {
  const seen = new Set<number>();
  let open: OpenGroup | undefined;
  for (const part of await listParts(folder, "values")) {
    const { order, index, image, method, measure, parameter, value, weight } = await readValues(part);
    for (const row of order) {
      const own = index[row] ?? -1;
      if (!usable.has(own)) continue;
      if (open === undefined || open.index !== own) {
        if (open !== undefined) yield closed(open);
        if (seen.has(own)) {
          throw new UserError(
            "input",
            `Rows of picture ${own} ("${image[row]}") are in several files, the last of them "${part}".`,
            { subject: { file: part }, remedies: [textRemedy("delete the duplicate rows")] },
          );
        }
        seen.add(own);
        open = { index: own, image: String(image[row]), metrics: new Map() };
      }
      const methods = entry(open.metrics, String(measure[row]), () => new Map());
      entry(methods, String(method[row]), () => []).push({
        parameter: parameter[row] ?? Number.NaN,
        value: value[row] ?? Number.NaN,
        weight: weight[row] ?? Number.NaN,
      });
    }
  }
  if (open !== undefined) yield closed(open);
}

interface OpenGroup {
  readonly index: number;
  readonly image: string;
  readonly metrics: Map<string, Map<string, Required<Reading>[]>>;
}

function closed(group: OpenGroup): PictureReadings {
  for (const [metric, methods] of group.metrics) {
    for (const [method, readings] of methods) {
      readings.sort((a, b) => a.parameter - b.parameter);
      const twice = readings.find(({ parameter }, i) => readings[i + 1]?.parameter === parameter);
      if (twice !== undefined) {
        throw new UserError(
          "input",
          `Picture ${group.index} ("${group.image}") has two values of ${metric} for ${method} at ${twice.parameter}.`,
          { remedies: [textRemedy("delete one of the two")] },
        );
      }
    }
  }
  return group;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
