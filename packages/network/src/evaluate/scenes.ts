/**
 * The shipped scenes as a data set: pictures of two objects each, with a mask of each object, made when they are first
 * needed. Two objects give two entries: the same picture, explained for either.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { packageVersion } from "../node/version.ts";

const defaultCount = 200;
const maxCount = 10_000;

/**
 * The path of a data set: as given, or of the included scenes for `scenes` and `scenes:N` (N pictures) if there is no such
 * file.
 */
export async function findDataSet(given: string): Promise<string> {
  const [whole, number] = /^scenes(?::(\d+))?$/.exec(given) ?? [];
  if (whole === undefined || existsSync(given)) return given;
  const count = number === undefined ? defaultCount : Number(number);
  if (count < 1 || count > maxCount) {
    throw new UserError("usage", `scenes:N takes 1 to ${maxCount} pictures, not ${count}.`);
  }
  // Of each user their own: nobody else may read it. Entries have names since those of "named".
  const user = process.getuid?.() ?? "";
  const folder = join(tmpdir(), `onnx-lrp-scenes-named-${packageVersion()}-${user}-${count}`);
  if (existsSync(join(folder, "scenes.json"))) return folder;
  const made = await mkdtemp(`${folder}.`);
  try {
    const { writeScenes } = await import("@onnx-lrp/models");
    await writeScenes(made, { count });
    // Another process may have been sooner, with the same.
    await rename(made, folder).catch(() => {});
  } catch (cause) {
    throw new UserError("output", `The scenes cannot be written to "${folder}": ${cause}.`, { cause });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return folder;
}
