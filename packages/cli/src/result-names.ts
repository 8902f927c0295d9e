/** Names of the files that results are written to. */
import { basename, extname } from "node:path";
import type { InputFile } from "@onnx-lrp/network/internal";
import { fileNamePart } from "./file-name-part.ts";

/** For each input the unique prefix of its results' names. */
export function resultNames(files: readonly InputFile[]): string[] {
  const taken = new Set<string>();
  return files.map(({ path }) => {
    const stem = fileNamePart(basename(path, extname(path)), "input");
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
