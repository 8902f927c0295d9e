import { readdirSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { UserError } from "@onnx-lrp/onnx-loader";

/** A picture or tensor to be explained. */
export interface InputFile {
  readonly path: string;
  readonly kind: "picture" | "tensor";
}

/**
 * The files that the arguments stand for: a folder for the pictures and .npy files in it, in order of their names.
 * A file that is not there stays in the list, to be reported as the others go on.
 */
export function listInputs(paths: readonly string[], isPicture: (name: string) => boolean): InputFile[] {
  const files = paths.flatMap((path): InputFile[] => {
    if (!isFolder(path)) return [{ path, kind: kindOf(path) }];
    const names = readdirSync(path).filter((name) => isPicture(name) || kindOf(name) === "tensor");
    if (names.length === 0)
      throw new UserError(
        "input",
        `The folder "${path}" holds no pictures (JPEG, PNG, WebP, GIF, TIFF) and no .npy files.`,
      );
    return names.sort().map((name) => ({ path: join(path, name), kind: kindOf(name) }));
  });
  return files;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function kindOf(path: string): InputFile["kind"] {
  return extname(path).toLowerCase() === ".npy" ? "tensor" : "picture";
}

/** For each input the beginning of its results' names, no two alike. */
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
