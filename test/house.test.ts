/** Imports run one way, and no package reaches into another's files. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Each package with those it may import, in the order of the house. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "packages/onnx-loader": [],
  "packages/core": ["onnx-loader"],
  "packages/pictures": ["onnx-loader", "core"],
  "packages/node": ["onnx-loader", "core", "pictures"],
  "packages/report": ["onnx-loader", "core", "pictures"],
  "packages/evaluation": ["onnx-loader", "core", "pictures", "node"],
  models: [],
  "packages/cli": ["onnx-loader", "core", "pictures", "node", "report", "evaluation", "models"],
};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

function imports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, specifier = ""]) => specifier);
}

describe.each(Object.entries(rooms))("%s", (room, allowed) => {
  const source = join(root, room, "src");
  test("imports only the packages below it, by their names", () => {
    const bad = sources(source).flatMap((file) =>
      imports(file)
        .filter((specifier) => specifier.startsWith("@onnx-lrp/"))
        .filter((specifier) => !allowed.includes(specifier.split("/")[1] ?? ""))
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(bad).toEqual([]);
  });
  test("stays within its own files", () => {
    const bad = sources(source).flatMap((file) =>
      imports(file)
        .filter((specifier) => specifier.startsWith("."))
        .filter((specifier) => !resolve(file, "..", specifier).startsWith(source))
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(bad).toEqual([]);
  });
});

test("every package of the workspace has its place in the list", () => {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  expect(Object.keys(rooms).sort()).toEqual([...packages, "models"].sort());
});
