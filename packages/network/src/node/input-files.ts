/** The pictures and array files that paths name. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, isAbsolute, join } from "node:path";
import { methodNames } from "@onnx-lrp/core/names";
import { type InputFile, kindOf } from "../picture-source.ts";
import { findPicture } from "./find-picture.ts";

/**
 * The files that the arguments name: for a folder the pictures and array files (.npy, .npz) in it but for
 * results of earlier explanations of them, for a pattern such as
 * `photos/*.jpg`, which not every shell expands, the files that match; in order of their names. Unusable ones stay in the
 * list, to be reported while the others are explained. Included pictures are known by their names, as networks are.
 */
export async function listInputs(
  paths: readonly string[],
  isPicture: (name: string) => boolean,
): Promise<InputFile[]> {
  const expanded = await Promise.all(paths.map(expand));
  return expanded.flat().flatMap((path): InputFile[] => {
    const names = listFolder(path);
    if (names === undefined) return [{ path, kind: kindOf(path) }];
    const given = names.filter((name) => isPicture(name) || kindOf(name) === "tensor").sort();
    const usable = given.filter((name) => !isResult(name, given));
    if (usable.length === 0) return [{ path, kind: "empty folder" }];
    return usable.map((name) => ({ path: join(path, name), kind: kindOf(name) }));
  });
}

/** Behind the name of an input: the method of its map, its number in a batch before, the composite and the class behind it. */
const resultEnd = new RegExp(
  `^(?:\\.item-\\d+)?\\.(?:${methodNames.map((name) => name.replaceAll("+", "\\+")).join("|")})(?:-[^.]+)?(?:\\.[^.]+)?\\.(?:png|npy)$`,
);

/** Whether a file is what `explain` wrote about another one of the folder: `zebra.sglrp.340-zebra.png` beside `zebra.jpg`. */
function isResult(name: string, others: readonly string[]): boolean {
  return others.some((other) => {
    const stem = other.slice(0, other.length - extname(other).length);
    return other !== name && name.startsWith(stem) && resultEnd.test(name.slice(stem.length));
  });
}

/** The files that a pattern matches; whatever exists, and a pattern without a match, stands for itself. */
async function expand(path: string): Promise<string[]> {
  if (!/[*?[{]/.test(path) || existsSync(path)) return [await findPicture(path)];
  const { glob } = await import("tinyglobby");
  const windows = process.platform === "win32";
  const pattern = windows ? path.replaceAll("\\", "/") : path;
  const found = await glob(pattern, {
    absolute: isAbsolute(path),
    onlyFiles: true,
    caseSensitiveMatch: !windows,
  });
  return found.length === 0 ? [path] : found.sort();
}

/** undefined for anything but a readable folder. */
function listFolder(path: string): string[] | undefined {
  try {
    return statSync(path).isDirectory() ? readdirSync(path) : undefined;
  } catch {
    return undefined;
  }
}
