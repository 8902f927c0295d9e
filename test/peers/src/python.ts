/** Runs a script of peers. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/**
 * @param sources by the peer's name, the folder that holds the package, where it is not installed
 * @returns what Python said, if it failed
 */
export function runWith(
  python: string,
  script: string,
  folder: string,
  sources: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const paths = Object.entries(sources).flatMap(([name, source]) =>
    source === undefined ? [] : [`--${name}`, resolve(source)],
  );
  const run = spawnSync(python, [script, folder, ...paths], { encoding: "utf8", maxBuffer: 1 << 24 });
  if (run.status === 0) return undefined;
  return run.error?.message ?? run.stderr.trim().split("\n").slice(-15).join("\n");
}
