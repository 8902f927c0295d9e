/** What stands where: the repository's root, and the files and fields of each published package. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

const inRoot = [
  ...[".ci", ".git", ".gitattributes", ".github", ".gitignore", ".npmrc"],
  ...["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"],
  ...["docs", "examples", "models", "packages", "scripts", "test"],
  ...["biome.json", "knip.json", "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"],
  ...["tsconfig.base.json", "tsconfig.json", "vitest.config.ts"],
  // Made by commands, and ignored by git.
  ...[".bench", ".coverage", "explanations", "node_modules"],
];

test("nothing else stands in the root", () => {
  expect(readdirSync(root).filter((name) => !inRoot.includes(name))).toEqual([]);
});

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
}

const published = [...readdirSync(join(root, "packages")).map((name) => `packages/${name}`), "models"].filter(
  (folder) => manifestOf(folder).private !== true,
);
const home = "https://github.com/onnx-lrp/onnx-lrp";

test.each(published)("%s says what it is, where it comes from and whose it is", (folder) => {
  const { description, keywords, ...manifest } = manifestOf(folder);
  expect(manifest).toMatchObject({
    version: manifestOf("packages/core").version,
    license: "Apache-2.0",
    homepage: `${home}#readme`,
    bugs: `${home}/issues`,
    repository: { type: "git", url: `git+${home}.git`, directory: folder },
    author: "The onnx-lrp authors",
    sideEffects: false,
    engines: { node: ">=20.19" },
    publishConfig: { access: "public" },
  });
  expect(description).toMatch(/\.$/);
  expect(keywords).toContain("onnx");
});

/** What a build makes. */
const made: ReadonlySet<string> = new Set(["dist", "page"]);

test.each(published)("%s has a README, its licence, and ships what it names", (folder) => {
  const { name, files } = manifestOf(folder);
  expect(readFileSync(join(root, folder, "README.md"), "utf8")).toMatch(`# ${name}\n`);
  expect(files).toEqual(expect.arrayContaining(["dist", "src", "README.md", "LICENSE"]));
  for (const file of Array.isArray(files) ? files : []) {
    expect(made.has(String(file)) || existsSync(join(root, folder, file)), file).toBe(true);
  }
});
