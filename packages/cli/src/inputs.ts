import { readdirSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";

/** A picture or tensor to explain, or a folder without any. */
export interface InputFile {
  readonly path: string;
  readonly kind: "picture" | "tensor" | "empty folder";
}

/**
 * The files that the arguments name: for a folder the pictures and array files (.npy, .npz) in it, in order of their names.
 * Unusable ones stay in the list, to be reported while the others are explained.
 */
export function listInputs(paths: readonly string[], isPicture: (name: string) => boolean): InputFile[] {
  return paths.flatMap((path): InputFile[] => {
    const names = listFolder(path);
    if (names === undefined) return [{ path, kind: kindOf(path) }];
    const usable = names.filter((name) => isPicture(name) || kindOf(name) === "tensor").sort();
    if (usable.length === 0) return [{ path, kind: "empty folder" }];
    return usable.map((name) => ({ path: join(path, name), kind: kindOf(name) }));
  });
}

/** undefined for anything but a readable folder. */
function listFolder(path: string): string[] | undefined {
  try {
    return statSync(path).isDirectory() ? readdirSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function kindOf(path: string): "picture" | "tensor" {
  return [".npy", ".npz"].includes(extname(path).toLowerCase()) ? "tensor" : "picture";
}

/** For each input the unique prefix of its results' names. */
export function resultNames(files: readonly InputFile[]): string[] {
  const taken = new Set<string>();
  return files.map(({ path }) => {
    const stem = basename(path, extname(path));
    let name = stem;
    for (let i = 2; taken.has(name.toLowerCase()); i += 1) name = `${stem}-${i}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** A label as a part of a file's name. */
export function slug(label: string): string {
  const plain = label.split(",")[0] ?? label;
  const simple = plain
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-");
  return simple.replace(/^-+|-+$/g, "").slice(0, 40) || "class";
}
