import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompositeName } from "@onnx-lrp/core";

/** A folder of reference maps with what they were made from. */
export interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  readonly model: string;
  readonly target: number;
  readonly logit: number;
  readonly probability: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly maps: readonly GoldenMap[];
}

export interface GoldenMap {
  readonly seed: "sglrp-unit" | "sglrp" | "clrp" | "lrp";
  readonly composite: CompositeName;
  readonly file: string;
}

/** The networks and pictures beside the repository, of which only some machines have a copy. */
export const shared = fileURLToPath(new URL("../../shared", import.meta.url));
export const hasShared = existsSync(shared);

/** The cases that come with the repository. */
export function ownCases(): GoldenCase[] {
  return cases(
    fileURLToPath(new URL("goldens", import.meta.url)),
    fileURLToPath(new URL("goldens", import.meta.url)),
  );
}

/** Those that need the trained networks beside it. */
export function sharedCases(): GoldenCase[] {
  if (!hasShared) return [];
  return cases(join(shared, "goldens"), shared).filter(({ name }) => !name.startsWith("small-"));
}

function cases(folder: string, root: string): GoldenCase[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "case.json")))
    .map((name) => {
      const read = JSON.parse(readFileSync(join(folder, name, "case.json"), "utf8"));
      return { ...read, name, folder: join(folder, name), model: join(root, read.model) };
    });
}
