/** Folders for results, which vanish after the test. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A path at which nothing is yet. */
export function newFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), "evaluation-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, "run");
}

/** All files below a folder with their bytes, by relative path. */
export function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path).toString("base64")]),
  );
}
