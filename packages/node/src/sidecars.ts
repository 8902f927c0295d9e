import { statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readSelfDescription, type SelfDescription, type Sidecar } from "@onnx-lrp/pictures";
import { maxSidecarBytes, sidecarNames } from "@onnx-lrp/pictures/internal";
import type { ModelFile } from "./model-file.ts";

/** What a model says of itself, in its file and in the files beside it or in the folder above (`readSelfDescription`). */
export async function describeModelFile(file: ModelFile): Promise<SelfDescription> {
  const found = await Promise.all(sidecarPaths(file).map(readSidecar));
  return readSelfDescription(
    file.model,
    found.filter((sidecar) => sidecar !== undefined),
  );
}

/** Those that there are. */
export function sidecarFiles(file: ModelFile): string[] {
  return sidecarPaths(file).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** Each file once, by the first of the paths that lead to it. */
function sidecarPaths({ path, real }: ModelFile): string[] {
  const folders = [dirname(path), dirname(real)].flatMap((folder) => [folder, join(folder, "..")]);
  const places = new Map(folders.toReversed().map((folder) => [resolve(folder), folder]));
  const nearest = [...places].toReversed();
  return nearest.flatMap(([, folder]) => sidecarNames.map((name) => join(folder, name)));
}

/** undefined if there is no such file. */
async function readSidecar(path: string): Promise<Sidecar | undefined> {
  const name = basename(path);
  try {
    const stats = await stat(path);
    if (!stats.isFile()) return undefined;
    if (stats.size > maxSidecarBytes) {
      const size = Math.ceil(stats.size / 2 ** 20);
      return { name, path, unread: `${path} is too large to be read (${size} MiB).` };
    }
    return { name, path, text: await readFile(path, "utf8") };
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      return { name, path, unread: `${path} cannot be read (${error.code}).` };
    }
    throw error;
  }
}
