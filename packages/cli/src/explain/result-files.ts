/** Files of results: none is written twice, and what is replaced is said. */
import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";

export interface ResultFiles {
  /** The path, or one with a number in it where this run has written that already. */
  free(path: string): string;
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** A sentence on files of earlier runs that had other contents. */
  notes(): string[];
}

export function resultFiles(): ResultFiles {
  const taken = new Set<string>();
  const replaced: string[] = [];
  return {
    free(path) {
      const end = extname(path);
      const stem = path.slice(0, path.length - end.length);
      let name = path;
      for (let i = 2; taken.has(name.toLowerCase()); i += 1) name = `${stem}-${i}${end}`;
      taken.add(name.toLowerCase());
      return name;
    },
    async write(path, bytes) {
      const { writeFileWhole } = await import("@onnx-lrp/node/internal");
      const other = await holdsOther(path, bytes);
      await writeFileWhole(path, bytes);
      if (other) replaced.push(path);
    },
    notes() {
      if (replaced.length === 0) return [];
      return [
        `Replaced what other targets or options had left: ${replaced.join(", ")} (--out chooses another folder).`,
      ];
    },
  };
}

/** Whether there is a file whose content is not these bytes. */
async function holdsOther(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const stats = await stat(path);
    // A pipe may never be read to its end.
    if (!stats.isFile()) return false;
    return stats.size !== bytes.length || !(await readFile(path)).equals(bytes);
  } catch {
    return false;
  }
}
