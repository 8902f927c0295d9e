/** Finds the XML of a picture. */
import { existsSync } from "node:fs";
import { basename, dirname, extname, join, sep } from "node:path";
import { walk } from "./files.ts";

interface AnnotationTrees {
  /** Absolute path of the XML of the picture `file`, a path within the data set's folder; undefined if there is none. */
  find(file: string): string | undefined;
}

/**
 * The XML of DIR/class/name.JPEG is class/name.xml or name.xml in one of: DIR itself, DIR/Annotations, Annotations or
 * Annotations/<name of DIR> beside DIR, and the folder that DIR becomes when "Data" or "JPEGImages" in its path is replaced by
 * "Annotations" (ILSVRC/Data/CLS-LOC/val, VOC2012/JPEGImages).
 */
export async function findAnnotationTrees(folder: string): Promise<AnnotationTrees> {
  const candidates = [
    folder,
    join(folder, "Annotations"),
    replaceLast(folder, "Data"),
    replaceLast(folder, "JPEGImages"),
    join(dirname(folder), "Annotations", basename(folder)),
    join(dirname(folder), "Annotations"),
  ];
  const roots = [...new Set(candidates)].filter((root) => root !== "" && existsSync(root));
  const trees: { root: string; files: Set<string> }[] = [];
  for (const root of roots) {
    const files = await walk(root, (name) => extname(name).toLowerCase() === ".xml");
    if (files.length > 0) trees.push({ root, files: new Set(files) });
  }
  return {
    find(file) {
      const stem = file.slice(0, file.length - extname(file).length);
      for (const { root, files } of trees) {
        for (const name of [`${stem}.xml`, `${basename(stem)}.xml`]) {
          if (files.has(name)) return join(root, name);
        }
      }
      return undefined;
    },
  };
}

function replaceLast(folder: string, part: string): string {
  const parts = folder.split(sep);
  const at = parts.lastIndexOf(part);
  return at < 0 ? "" : parts.with(at, "Annotations").join(sep);
}
