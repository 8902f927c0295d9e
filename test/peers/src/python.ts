/** Runs a script of peers. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/**
 * @param zennit the folder that holds the package, where it is not installed
 * @returns what Python said, if it failed
 */
export function runWithZennit(
  python: string,
  script: string,
  folder: string,
  zennit: string | undefined,
): string | undefined {
  const source = zennit === undefined ? [] : ["--zennit", resolve(zennit)];
  const run = spawnSync(python, [script, folder, ...source], { encoding: "utf8", maxBuffer: 1 << 24 });
  if (run.status === 0) return undefined;
  return run.error?.message ?? run.stderr.trim().split("\n").slice(-15).join("\n");
}
