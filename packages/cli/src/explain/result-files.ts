/** Files of results: none is written twice, and what is replaced is said. */
import { readFile } from "node:fs/promises";
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
      const before = await contentsOf(path);
      await writeFileWhole(path, bytes);
      if (before !== undefined && !before.equals(bytes)) replaced.push(path);
    },
    notes() {
      if (replaced.length === 0) return [];
      return [
        `Replaced what other targets or options had left: ${replaced.join(", ")} (--out chooses another folder).`,
      ];
    },
  };
}

async function contentsOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}
